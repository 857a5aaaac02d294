'use client'

import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'

export interface SearchFieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly className?: string
}

const waitMs = 250

/** A search box whose text goes into the address a moment after the last key. `/` goes to it. */
export function SearchField({ label, value, onChange, className }: SearchFieldProps) {
  const [text, setText] = useState(value)
  const [given, setGiven] = useState(value)
  // The address changed from elsewhere: Back, or filters cleared.
  if (given !== value) {
    setGiven(value)
    setText(value)
  }
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => {
      setGiven(text)
      onChange(text)
    }, waitMs)
    return () => clearTimeout(timer)
  }, [text, value, onChange])
  return (
    <Field label={label} isLabelHidden {...(className !== undefined && { className })}>
      <SearchInput label={label} text={text} onText={setText} />
    </Field>
  )
}

function SearchInput({ label, text, onText }: { label: string; text: string; onText: (text: string) => void }) {
  return (
    <span className="relative flex">
      <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-quiet" />
      <Input
        type="search"
        data-search
        value={text}
        placeholder={label}
        maxLength={256}
        autoComplete="off"
        spellCheck={false}
        className="pl-8"
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          // From here j and k go on in what was found. The browser's own Escape clears the text; a second one leaves too.
          if (event.key === 'Enter' || (event.key === 'Escape' && text === '')) event.currentTarget.blur()
        }}
      />
    </span>
  )
}

'use client'

import { CircleCheck, CircleX } from 'lucide-react'
import { useState } from 'react'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { TotpDialog } from './totp-dialog'

export interface SecondFactorCardProps {
  readonly hasTotp: boolean
  /** Administrators have to have one. */
  readonly isNeeded: boolean
}

export function SecondFactorCard({ hasTotp, isNeeded }: SecondFactorCardProps) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <Card title="Second factor" description="Six digits of an authenticator app, beside the password.">
      <div className="flex flex-col items-start gap-4">
        <span className="flex flex-wrap items-center gap-2">
          {hasTotp ? (
            <Badge tone="good" icon={<CircleCheck aria-hidden />}>
              Set up
            </Badge>
          ) : (
            <Badge tone="warn" icon={<CircleX aria-hidden />}>
              None
            </Badge>
          )}
          <span className="text-quiet">
            {isNeeded ? 'Administrators have to have one.' : 'Your role may do without one; better have one.'}
          </span>
        </span>
        <Button onClick={() => setIsOpen(true)}>{hasTotp ? 'Replace second factor' : 'Set up second factor'}</Button>
      </div>
      {isOpen && <TotpDialog hasTotp={hasTotp} onClose={() => setIsOpen(false)} />}
    </Card>
  )
}

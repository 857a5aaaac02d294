'use client'

import { useState, type ReactNode } from 'react'
import { Field } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { roleTexts } from '@/lib/client/operator-actions'
import { operatorRoles, type OperatorRole } from '@/lib/domain/operator/operator-role'

export interface RoleFieldProps {
  readonly first: OperatorRole
  readonly error?: string | undefined
  readonly onRole?: (role: OperatorRole) => void
  readonly autoFocus?: boolean
}

/** Chooses a role, and says what it may. In a form its name is `role`. */
export function RoleField({ first, error, onRole, autoFocus = false }: RoleFieldProps): ReactNode {
  const [role, setRole] = useState(first)
  const choose = (value: string) => {
    const chosen = operatorRoles.find((each) => each === value) ?? role
    setRole(chosen)
    onRole?.(chosen)
  }
  return (
    <Field label="Role" hint={roleTexts[role].may} error={error}>
      <Select name="role" value={role} autoFocus={autoFocus} onChange={(event) => choose(event.target.value)}>
        {operatorRoles.map((each) => (
          <option key={each} value={each}>
            {roleTexts[each].name}
          </option>
        ))}
      </Select>
    </Field>
  )
}

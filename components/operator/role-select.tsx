'use client'

import type { ComponentProps } from 'react'
import { Select } from '@/components/ui/select'
import { roleTexts } from '@/lib/client/operator-actions'
import { operatorRoles } from '@/lib/domain/operator/operator-role'

/** The roles, the least powerful first, each with what it may do. */
export function RoleSelect(props: Omit<ComponentProps<'select'>, 'children'>) {
  return (
    <Select {...props}>
      {operatorRoles.map((role) => (
        <option key={role} value={role}>
          {roleTexts[role].name}: {roleTexts[role].may}
        </option>
      ))}
    </Select>
  )
}

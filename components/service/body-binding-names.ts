import type { BodyBinding } from '@/lib/domain/service/service-settings'

/** Who compares a body with its signed digest. */
export const bodyBindingNames: Readonly<Record<BodyBinding, string>> = {
  required: 'Gateway',
  backend: 'Backend',
  none: 'Nobody',
}

import { Circle, CircleCheck } from 'lucide-react'
import Link from 'next/link'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { cn } from '@/components/ui/cn'
import type { Overview } from '@/lib/contract/overview'
import { setUpSteps } from '@/lib/client/set-up-steps'

/** What to do next, until the first request was decided. */
export function NextSteps({ setUp }: { readonly setUp: Overview['setUp'] }) {
  const steps = setUpSteps(setUp)
  const next = steps.findIndex((step) => !step.isDone)
  return (
    <Card
      title="What to do next"
      description={`${steps.filter((step) => step.isDone).length} of ${steps.length} done. It takes about five minutes.`}
      isFlush
    >
      <ol>
        {steps.map((step, index) => (
          <li
            key={step.title}
            className={cn(
              'flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-4 py-2.5 last:border-b-0',
              index === next && 'bg-accent-soft',
            )}
          >
            {step.isDone ? (
              <CircleCheck aria-hidden className="size-4 shrink-0 text-good" />
            ) : (
              <Circle aria-hidden className="size-4 shrink-0 text-faint" />
            )}
            <div className="min-w-48 flex-1">
              <p className={cn('font-medium', step.isDone && 'text-quiet')}>
                {step.title}
                {step.isDone && <span className="sr-only"> (done)</span>}
              </p>
              {!step.isDone && <p className="text-quiet">{step.advice}</p>}
            </div>
            {!step.isDone && (
              <Button asChild look={index === next ? 'primary' : 'secondary'} size="sm">
                <Link href={step.href}>{step.action}</Link>
              </Button>
            )}
          </li>
        ))}
      </ol>
    </Card>
  )
}

import { Card } from '@/components/ui/card'
import { Skeleton } from '@/components/ui/skeleton'

export function OverviewSkeleton() {
  return (
    <div aria-busy className="flex flex-col gap-5">
      <div className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-3 lg:grid-cols-6">
        {Array.from({ length: 6 }, (_, index) => (
          <div key={index} className="flex h-[4.75rem] flex-col gap-3 bg-raised px-4 py-3">
            <Skeleton className="w-20" />
            <Skeleton className="h-5 w-10" />
          </div>
        ))}
      </div>
      <div className="grid gap-5 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <Card title="Decisions per minute">
          <Skeleton className="h-56" />
        </Card>
        <Card title="Reasons for denials">
          <Skeleton className="h-56" />
        </Card>
      </div>
    </div>
  )
}

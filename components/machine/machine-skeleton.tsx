import { Card } from '@/components/ui/card'
import { PageHeader } from '@/components/ui/page-header'
import { Skeleton } from '@/components/ui/skeleton'

export function MachineSkeleton() {
  return (
    <div aria-busy className="flex flex-col gap-5">
      <PageHeader title="Machine" description={<Skeleton className="mt-1 w-64" />} />
      <div className="grid gap-5 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        {['Identity', 'Reported by the machine'].map((title) => (
          <Card key={title} title={title}>
            <div className="flex flex-col gap-3.5">
              {['w-40', 'w-64', 'w-56', 'w-48', 'w-60', 'w-36'].map((width) => (
                <Skeleton key={width} className={width} />
              ))}
            </div>
          </Card>
        ))}
      </div>
    </div>
  )
}

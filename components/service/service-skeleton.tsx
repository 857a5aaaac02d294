import { Card } from '@/components/ui/card'
import { PageHeader } from '@/components/ui/page-header'
import { Skeleton } from '@/components/ui/skeleton'

export function ServiceSkeleton() {
  return (
    <div aria-busy className="flex flex-col gap-5">
      <PageHeader title="Service" description={<Skeleton className="mt-1 w-24" />} />
      <div className="grid items-start gap-5 xl:grid-cols-2">
        {['What it demands', 'Is it protected?'].map((title) => (
          <Card key={title} title={title}>
            <div className="flex flex-col gap-3.5">
              {['w-40', 'w-64', 'w-56', 'w-48'].map((width) => (
                <Skeleton key={width} className={width} />
              ))}
            </div>
          </Card>
        ))}
      </div>
    </div>
  )
}

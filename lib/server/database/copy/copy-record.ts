/**
 * A copy of a whole database as a stream of records: what a backup holds, and what a move carries from one database to another.
 * Rows are JSON as PostgreSQL writes and reads it, so that the embedded database and a server understand each other, and a
 * backup can be looked into with zcat.
 */

export interface CopyHeader {
  /** Instant of the copy, by the database's clock. */
  readonly madeAt: string
  /** UUID. */
  readonly deploymentId: string
  readonly trustDomain: string
  readonly masterKeyVersion: number
  /** Hexadecimal: tells whether a master key is the right one, and nothing of it. */
  readonly masterKeyCheck: string
  /** The tables are those of these migrations, and the checksums of their texts. */
  readonly migrations: readonly { readonly name: string; readonly checksum: string }[]
  /** Partitions by day; `bounds` is SQL as PostgreSQL prints it. */
  readonly partitions: readonly CopiedPartition[]
}

export interface CopiedPartition {
  readonly table: string
  readonly name: string
  readonly bounds: string
}

export type CopyRecord =
  /** Comes first, once. */
  | { readonly kind: 'header'; readonly header: CopyHeader }
  /** Rows that follow belong to it. A table comes after those that it refers to. */
  | { readonly kind: 'table'; readonly table: string }
  /** Each line is one row as a JSON object, without a line end. */
  | { readonly kind: 'rows'; readonly lines: readonly string[] }

import { SqlError, type Transaction, type Values } from './storage.ts';
import type { Table } from './table.ts';

/** The schemas and tables of the database. */
export class Catalog {
  readonly #schemas = new Map<string, Map<string, Table>>();
  /** Advisory locks, by name. */
  readonly advisory = new Map<string, Transaction>();

  schema(name: string): Map<string, Table> {
    const schema = this.#schemas.get(name);
    if (schema === undefined) throw new SqlError('3F000', `schema "${name}" does not exist`);
    return schema;
  }

  has(schema: string): boolean {
    return this.#schemas.has(schema);
  }

  addSchema(name: string): () => void {
    this.#schemas.set(name, new Map());
    return () => this.#schemas.delete(name);
  }

  dropSchema(name: string): () => void {
    const schema = this.schema(name);
    this.#schemas.delete(name);
    return () => this.#schemas.set(name, schema);
  }

  addTable(table: Table): () => void {
    const schema = this.schema(table.schema);
    schema.set(table.name, table);
    return () => schema.delete(table.name);
  }

  dropTable(table: Table): () => void {
    const schema = this.schema(table.schema);
    schema.delete(table.name);
    return () => schema.set(table.name, table);
  }

  moveTable(table: Table, to: string): () => void {
    const from = table.schema;
    const place = (schema: string): void => {
      this.schema(table.schema).delete(table.name);
      table.schema = schema;
      this.schema(schema).set(table.name, table);
    };
    place(to);
    return () => place(from);
  }

  /** Undefined where there is none. */
  find(name: string, schemas: readonly string[]): Table | undefined {
    for (const schema of schemas) {
      const table = this.#schemas.get(schema)?.get(name);
      if (table !== undefined) return table;
    }
    return undefined;
  }

  /** `pg_namespace`, `pg_class` and `pg_attribute`, as far as anybody asks. */
  system(name: string): readonly Values[] | undefined {
    const tables = [...this.#schemas.values()].flatMap((schema) => [...schema.values()]);
    if (name === 'pg_namespace') return [...this.#schemas.keys()].map((nspname) => ({ oid: nspname, nspname }));
    const oid = (table: Table): string => `${table.schema}.${table.name}`;
    if (name === 'pg_class') {
      return tables.map((table) => ({
        oid: oid(table),
        relname: table.name,
        relkind: 'r',
        relnamespace: table.schema,
      }));
    }
    if (name !== 'pg_attribute') return undefined;
    return tables.flatMap((table) =>
      table.columns.map((column) => ({
        attrelid: oid(table),
        attname: column.name,
        attnotnull: column.notNull,
        atttypid: column.type,
      })),
    );
  }
}

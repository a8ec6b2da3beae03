import { Checkpoint } from '../../src/domain/audit/checkpoint.ts';
import { projection } from '../../src/kernel/projection.ts';
import { sql } from '../../src/kernel/sql.ts';
import { when } from '../../src/kernel/when.ts';

/** audit_checkpoints: one row for each signed head of a tree, with its note and the signature lines that witnesses have added. */
export const auditCheckpoints = projection({
  name: 'audit_checkpoints',
  version: 1,
  table: `
    create table audit_checkpoints (
      tenant_id text collate "C" not null,
      tree text not null,
      revision bigint not null,
      size bigint not null,
      root text not null,
      origin text not null,
      key_version int not null,
      note text not null,
      cosignatures text not null default '',
      at text not null,
      position bigint not null,
      primary key (tenant_id, tree, revision)
    );
    create index audit_checkpoints_size on audit_checkpoints (tenant_id, tree, size);`,
  on: when(Checkpoint, {
    Signed: ({ keyVersion, note, origin, root, size }, { at, id, position, revision, tenant }) => [
      sql`
        insert into audit_checkpoints (tenant_id, tree, revision, size, root, origin, key_version, note, at, position)
        values (${tenant}, ${id}, ${revision}, ${size}, ${root}, ${origin}, ${keyVersion}, ${note}, ${at}, ${position})`,
    ],
    // A line that is there already is not added twice.
    Cosigned: ({ root, signatures, size }, { id, tenant }) =>
      signatures.map(
        (line) => sql`
          update audit_checkpoints set cosignatures = cosignatures || ${line}
          where tenant_id = ${tenant} and tree = ${id} and size = ${size} and root = ${root}
            and position(${line}::text in cosignatures) = 0`,
      ),
  }),
});

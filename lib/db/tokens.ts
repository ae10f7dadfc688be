import { createHash, randomBytes } from 'node:crypto';
import type { Database } from './database.ts';

/** A new token: 128 random bits, to stand on a kernel command line. */
export const newToken = (): string => randomBytes(16).toString('hex');

/** Keeps the hash of each node's token in place of an older one; nodes without a token lose theirs. */
export async function saveTokens(database: Database, tokens: ReadonlyMap<string, string | undefined>): Promise<void> {
  const rows = [...tokens].map(([node, token]) => ({ node, hash: token === undefined ? null : hashOf(token) }));
  await database.query(SAVE, [JSON.stringify(rows)]);
}

/** Whether this is the node's token and it may still be used; its first use starts its last minutes. */
export async function claimToken(database: Database, node: string, token: string): Promise<boolean> {
  return (await database.query(CLAIM, [node, hashOf(token), TOKEN_MINUTES])).length === 1;
}

// --- internal ---

/** Minutes after its first use in which a token still serves: a node may have to ask again. */
const TOKEN_MINUTES = 15;

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

const SAVE = `
WITH n AS (SELECT * FROM jsonb_to_recordset($1) AS n(node text, hash text)),
gone AS (DELETE FROM statelite_token t USING n WHERE t.node = n.node AND n.hash IS NULL)
INSERT INTO statelite_token AS t (node, hash) SELECT node, hash FROM n WHERE hash IS NOT NULL
ON CONFLICT (node) DO UPDATE SET hash = EXCLUDED.hash, made = now(), used = NULL WHERE t.hash <> EXCLUDED.hash`;

const CLAIM = `
UPDATE statelite_token SET used = coalesce(used, now())
WHERE node = $1 AND hash = $2 AND (used IS NULL OR used > now() - $3 * interval '1 minute') RETURNING node`;

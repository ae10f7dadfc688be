import { readFileSync } from 'node:fs';
import { lite } from './liting.ts';

// A program of its own, to be measured and killed: `lite-process rootimg <rows`, as JSON, or "original".
const rows = JSON.parse(readFileSync(0, 'utf8')) as readonly string[] | 'original';
lite(process.argv[2] ?? '', rows);

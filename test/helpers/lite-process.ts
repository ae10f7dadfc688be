import { lite } from './liting.ts';

// A program of its own, to be killed: `rootimg 'original' | '["/row option"]'`.
const [rootimg = '', rows = '[]'] = process.argv.slice(2);
lite(rootimg, rows === 'original' ? rows : JSON.parse(rows) as readonly string[]);

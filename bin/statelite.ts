#!/usr/bin/env node
import { basename } from 'node:path';
import { main } from './main.ts';

process.exitCode = await main(basename(process.argv[1] ?? 'statelite'), process.argv.slice(2));

import type { Exchange } from '../system/exchange.ts';
import type { Files } from '../system/files.ts';
import type { Comparison } from './compare.ts';
import { NEXT } from './layout.ts';
import { recordText } from './manifest.ts';
import type { Step } from './operations.ts';

/**
 * Carries out a comparison's operations, in order. Each step is one change that is atomic for whoever reads the tree; stopped anywhere, the
 * next comparison finds what is left to do. Exchanges that follow each other are done together. Throws FILE_SYSTEM at the first step that fails.
 *
 * @param shipped content of a shipped file by its name in the package
 * @param onDone called after each operation with how many are done
 */
export function applyOperations(files: Files, rootimg: string, comparison: Comparison, shipped: (asset: string) => Buffer, onDone?: (count: number) => void): void {
  let exchanges: Exchange[] = [];
  const carryOutExchanges = (): void => {
    if (exchanges.length > 0) files.exchange(exchanges, `${rootimg}${NEXT}`);
    exchanges = [];
  };
  for (const [index, { steps }] of comparison.operations.entries()) {
    for (const step of steps) {
      if (step.do === 'exchange') exchanges.push({ link: `${rootimg}${step.link}`, directory: `${rootimg}${step.path}` });
      else {
        carryOutExchanges();
        applyStep(files, rootimg, step, comparison, shipped);
      }
    }
    onDone?.(index + 1);
  }
  carryOutExchanges();
}

// --- internal ---

function applyStep(files: Files, rootimg: string, step: Exclude<Step, { readonly do: 'exchange' }>, { journal, manifest }: Comparison, shipped: (asset: string) => Buffer): void {
  const path = `${rootimg}${step.path}`;
  switch (step.do) {
    case 'mkdir':
      files.makeDirectory(path, step.mode);
      if (step.owner !== undefined) files.setOwner(path, step.owner.uid, step.owner.gid);
      break;
    case 'create':
      files.createFile(path, step.mode);
      break;
    case 'write':
      files.writeAtomic(path, shipped(step.asset), step.mode);
      break;
    case 'symlink':
      files.symlink(step.target, path);
      break;
    case 'link':
      files.hardLink(`${rootimg}${step.existing}`, path);
      break;
    case 'rename':
      files.rename(`${rootimg}${step.from}`, path);
      break;
    case 'unlink':
      files.removeFile(path);
      break;
    case 'rmdir':
      files.removeEmptyDirectory(path);
      break;
    case 'owner':
      files.setOwner(path, step.owner.uid, step.owner.gid);
      break;
    case 'mode':
      files.setMode(path, step.mode);
      break;
    case 'mtime':
      files.setTimes(path, BigInt(step.mtimeNs));
      break;
    case 'wait':
      files.pause(step.milliseconds);
      break;
    case 'record': {
      const record = step.what === 'journal' ? journal : manifest;
      if (record !== undefined) files.writeAtomic(path, recordText(record));
    }
  }
}

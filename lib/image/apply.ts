import type { Files } from '../system/files.ts';
import type { Comparison } from './compare.ts';
import { recordText } from './manifest.ts';
import type { Step } from './operations.ts';

/**
 * Carries out a comparison's operations, in order. Each step is one change that is atomic for whoever reads the tree; stopped anywhere, the
 * next comparison finds what is left to do. Throws FILE_SYSTEM at the first step that fails.
 *
 * @param shipped content of a shipped file by its name in the package
 */
export function applyOperations(files: Files, rootimg: string, comparison: Comparison, shipped: (asset: string) => Buffer): void {
  for (const operation of comparison.operations) for (const step of operation.steps) applyStep(files, rootimg, step, comparison, shipped);
}

// --- internal ---

function applyStep(files: Files, rootimg: string, step: Step, { journal, manifest }: Comparison, shipped: (asset: string) => Buffer): void {
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
    case 'record': {
      const record = step.what === 'journal' ? journal : manifest;
      if (record !== undefined) files.writeAtomic(path, recordText(record));
    }
  }
}

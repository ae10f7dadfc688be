import { StateliteError } from '../errors.ts';
import type { Files } from '../system/files.ts';
import type { Comparison } from './compare.ts';
import { NEXT } from './layout.ts';
import { recordText } from './manifest.ts';
import type { Operation, Step } from './operations.ts';

/**
 * Carries out a comparison's operations, in order. Each step is one change that is atomic for whoever reads the tree; stopped anywhere, the
 * next comparison finds what is left to do. Throws FILE_SYSTEM at the first step that fails, after putting back what was just moved.
 *
 * @param shipped content of a shipped file by its name in the package
 * @param onDone called after each operation with how many are done
 */
export function applyOperations(files: Files, rootimg: string, comparison: Comparison, shipped: (asset: string) => Buffer, onDone?: (count: number) => void): void {
  for (const [index, operation] of comparison.operations.entries()) {
    applyOperation(files, rootimg, operation, comparison, shipped);
    onDone?.(index + 1);
  }
}

// --- internal ---

function applyOperation(files: Files, rootimg: string, { steps }: Operation, comparison: Comparison, shipped: (asset: string) => Buffer): void {
  for (const [index, step] of steps.entries()) {
    try {
      applyStep(files, rootimg, step, comparison, shipped);
    } catch (error) {
      if (error instanceof StateliteError) putBack(files, rootimg, steps[index - 1]);
      throw error;
    }
  }
}

// A directory on its way to another place goes back when the next step fails, so that its path is not missing until the next run.
function putBack(files: Files, rootimg: string, moved: Step | undefined): void {
  if (moved?.do !== 'rename' || moved.from === NEXT || files.exists(`${rootimg}${moved.from}`)) return;
  try {
    files.rename(`${rootimg}${moved.path}`, `${rootimg}${moved.from}`);
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error; // the first error says more
  }
}

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

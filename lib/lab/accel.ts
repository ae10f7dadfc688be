import { closeSync, openSync, readFileSync } from 'node:fs';
import { StateliteError } from '../errors.ts';

export type Acceleration = 'kvm' | 'tcg';

/** How QEMU runs the nodes: STATELITE_ACCEL, else KVM when it can really run guests here, else software emulation. Throws LAB for an unknown value. */
export function acceleration(env: Readonly<Record<string, string | undefined>>, machine: { cpuinfo: () => string; canOpenKvm: () => boolean } = HERE): Acceleration {
  const wanted = env['STATELITE_ACCEL'] ?? '';
  if (wanted === 'kvm' || wanted === 'tcg') return wanted;
  if (wanted !== '') throw new StateliteError('LAB', `STATELITE_ACCEL is "${wanted}", wanted kvm or tcg`, { hint: 'unset STATELITE_ACCEL to let litelab choose' });
  return /^flags\b.*\b(vmx|svm)\b/m.test(machine.cpuinfo()) && machine.canOpenKvm() ? 'kvm' : 'tcg';
}

// --- internal ---

/** A device that opens is not enough: without the processor's flag guests hang in it. */
const HERE = {
  cpuinfo: (): string => readFileSync('/proc/cpuinfo', 'utf8'),
  canOpenKvm: (): boolean => {
    try {
      closeSync(openSync('/dev/kvm', 'r+'));
      return true;
    } catch {
      return false;
    }
  },
};

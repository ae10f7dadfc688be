import { join } from 'node:path';
import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { inside, type Lab } from './instance.ts';
import { switchCommands, tapName, vlanOf, type LabNic } from './nics.ts';
import type { NodePaths } from './qemu.ts';
import { BRIDGE } from './services.ts';

/** Makes the port of the bridge that a node is plugged into, perhaps by way of a switch; one that an ended QEMU left is made anew. Throws TOOL_MISSING for a VLAN without vde_switch. */
export async function plugIn(system: System, lab: Lab, mac: string, nics: readonly LabNic[], paths: NodePaths): Promise<void> {
  const vlan = vlanOf(nics);
  if (vlan !== undefined && !(system.env['PATH'] ?? '').split(':').some((place) => system.files.exists(join(place, 'vde_switch')))) {
    throw new StateliteError('TOOL_MISSING', 'a node in a VLAN needs vde_switch, which is not installed', { hint: 'apt-get install vde2' });
  }
  await unplug(system, lab, mac);
  for (const words of [['tuntap', 'add', 'dev', tapName(mac), 'mode', 'tap'], ['link', 'set', tapName(mac), 'master', BRIDGE, 'up']]) {
    const [program, ...args] = inside(lab, 'ip', ...words);
    await system.run(program, args);
  }
  if (vlan !== undefined) system.files.writeAtomic(`${paths.switch}.rc`, switchCommands(vlan));
}

/** Removes a node's port of the bridge. */
export async function unplug(system: System, lab: Lab, mac: string): Promise<void> {
  const [program, ...args] = inside(lab, 'ip', 'link', 'delete', tapName(mac));
  await system.run(program, args, { allow: [1] });
}

/** The command that runs QEMU with these arguments; for a node in a VLAN beside its switch, which ends with it: QEMU holds the other end of its standard input. */
export function machineCommand(nics: readonly LabNic[], mac: string, paths: NodePaths, args: readonly string[]): readonly [program: string, ...args: string[]] {
  if (vlanOf(nics) === undefined) return [QEMU, ...args];
  return ['sh', '-c', BESIDE_SWITCH, paths.switch, tapName(mac), QEMU, ...args];
}

// --- internal ---

const QEMU = 'qemu-system-x86_64';

/** The kernel's bridge has VLANs too, but not every kernel has been built so. */
const BESIDE_SWITCH = `
mkfifo "$0.line" || exit
vde_switch --sock "$0" --rcfile "$0.rc" --tap "$1" <"$0.line" &
shift
exec 9>"$0.line"
until [ -S "$0/ctl" ]; do kill -0 $! && sleep 0.05 || exit; done
exec "$@"`;

import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import type { Target } from './target.ts';

export type IpmiTarget = Extract<Target, { method: 'ipmi' }>;

/** What a node is asked to do; `boot` is reset when it is on, on when it is off. */
export type PowerAction = 'on' | 'off' | 'boot' | 'reset' | 'stat';

export const POWER_ACTIONS: readonly PowerAction[] = ['on', 'off', 'boot', 'reset', 'stat'];

/** Carries out a power action by IPMI; gives back what xCAT's rpower says: `on`, `off`, `reset`, `on reset`. `timeout` in milliseconds for each request. */
export async function ipmiPower(system: System, target: IpmiTarget, action: PowerAction, timeout: number): Promise<string> {
  const chassis = async (word: string): Promise<string> => (await ipmitool(system, target, ['chassis', 'power', word], timeout)).trim();
  const state = async (): Promise<'on' | 'off'> => {
    const said = await chassis('status');
    const [, found] = /^Chassis Power is (on|off)$/m.exec(said) ?? [];
    if (found === 'on' || found === 'off') return found;
    throw new StateliteError('COMMAND_FAILED', `ipmitool chassis power status on ${target.host} said ${JSON.stringify(said)}, wanted on or off`);
  };
  if (action === 'stat') return state();
  if (action !== 'boot') {
    await chassis(action);
    return action;
  }
  if (await state() === 'off') {
    await chassis('on');
    return 'on';
  }
  await chassis('reset');
  return 'on reset';
}

/** Joins this terminal to a node's serial console over LAN; leaves with `~.`, as ipmitool does. A session that is left over is ended first. */
export async function ipmiConsole(system: System, target: IpmiTarget): Promise<void> {
  await system.run('ipmitool', [...session(target), 'sol', 'deactivate'], { ...secret(target), allow: [1], timeout: 30_000 });
  await system.run('ipmitool', [...session(target), 'sol', 'activate'], { ...secret(target), stdio: 'inherit' });
}

// --- internal ---

/** The password goes by the environment, which only root and the same account can see. */
const secret = ({ password }: IpmiTarget): { readonly env: Readonly<Record<string, string>> } => ({ env: { IPMI_PASSWORD: password } });

const session = ({ host, port, username }: IpmiTarget): readonly string[] => ['-I', 'lanplus', '-N', '1', '-R', '2', '-H', host, '-p', port, ...(username === '' ? [] : ['-U', username]), '-E'];

async function ipmitool(system: System, target: IpmiTarget, words: readonly string[], timeout: number): Promise<string> {
  return (await system.run('ipmitool', [...session(target), ...words], { ...secret(target), timeout })).stdout;
}

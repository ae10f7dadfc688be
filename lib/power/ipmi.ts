import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import type { Target } from './target.ts';

export type IpmiTarget = Extract<Target, { method: 'ipmi' }>;

/** What a node is asked to do; `boot` is reset when it is on, on when it is off. */
export type PowerAction = 'on' | 'off' | 'boot' | 'reset' | 'stat';

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

/** With -v, as only then it tells a wrong password from a controller that is silent. */
async function ipmitool(system: System, target: IpmiTarget, words: readonly string[], timeout: number): Promise<string> {
  try {
    return (await system.run('ipmitool', ['-v', ...session(target), ...words], { ...secret(target), timeout })).stdout;
  } catch (cause) {
    throw cause instanceof StateliteError && cause.code === 'COMMAND_FAILED' ? explained(target, cause, timeout) : cause;
  }
}

/** What ipmitool said, in words that name the controller and the cell to look at. */
function explained({ host, port, username }: IpmiTarget, cause: StateliteError, timeout: number): StateliteError {
  const controller = `its controller ${host}${port === '623' ? '' : `:${port}`}`;
  const said = (text: RegExp): boolean => text.test(cause.message);
  const account = 'tabdump ipmi and tabdump passwd show the account; the row of the node goes before the passwd row with key ipmi';
  const reach = 'nodels <node> ipmi.bmc shows where it is looked for; ping it';
  if (said(/RAKP 2 HMAC is invalid/)) return new StateliteError('COMMAND_FAILED', `${controller} refuses the password of the account "${username}"`, { hint: account, cause });
  if (said(/unauthorized name/)) return new StateliteError('COMMAND_FAILED', `${controller} knows no account "${username}"`, { hint: account, cause });
  if (said(/Address lookup for .* failed/)) return new StateliteError('COMMAND_FAILED', `${controller} has no address that this machine knows`, { hint: reach, cause });
  if (said(/Get Auth Capabilities error/)) return new StateliteError('COMMAND_FAILED', `${controller} does not answer`, { hint: reach, cause });
  if (said(/did not end in/)) return new StateliteError('COMMAND_FAILED', `${controller} did not answer in ${timeout / 1000} s`, { hint: `${reach}; --timeout SECONDS waits longer`, cause });
  return cause;
}

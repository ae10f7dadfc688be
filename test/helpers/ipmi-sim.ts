import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A simulated management controller on the loopback interface; account ADMIN. */
export interface IpmiSim {
  /** `127.0.0.1:<port>`, as ipmi.bmc takes it. */
  readonly bmc: string;
  /** What it was asked to do with its machine, a line each: `get power`, `set power 1`, `set reset 1`. */
  readonly asked: () => readonly string[];
  /** Power off, behind its back; only without a machine. */
  readonly unplug: () => void;
  readonly stop: () => Promise<void>;
}

/** The machine behind a controller. */
export interface SimMachine {
  /** Shell lines that carry out `get power` (answer `power:0` or `power:1`), `set power 0|1`, `set reset 1` in `$1 $2 $3`. */
  readonly chassis: string;
  /** TCP port of its serial line on the loopback interface. */
  readonly serial: number;
}

/** Starts OpenIPMI's simulator below a directory of its own; without a machine it switches nothing but a file. */
export async function startIpmiSim(directory: string, password: string, machine?: SimMachine): Promise<IpmiSim> {
  const place = (name: string): string => join(directory, name);
  mkdirSync(place('state'), { recursive: true });
  const port = await freePort();
  writeFileSync(place('chassis'), `${CHASSIS}${machine?.chassis ?? FILE}`);
  chmodSync(place('chassis'), 0o755);
  writeFileSync(place('power'), '0\n');
  writeFileSync(place('power.log'), '');
  writeFileSync(place('lan.conf'), [
    'name "bmc"', 'set_working_mc 0x20', `chassis_control "${place('chassis')} ${place('power')}"`,
    'startlan 1', `  addr 127.0.0.1 ${port}`, '  priv_limit admin', ...['callback', 'user', 'operator', 'admin'].map((level) => `  allowed_auths_${level} none md2 md5 straight`), '  guid a123456789abcdefa123456789abcdef', 'endlan',
    ...(machine === undefined ? [] : [`sol "tcp:127.0.0.1:${machine.serial}" 115200`]),
    'user 1 true "" "anonymous" user 10 none md2 md5 straight', `user 2 true "ADMIN" "${password}" admin 10 none md2 md5 straight`, '',
  ].join('\n'));
  writeFileSync(place('commands'), 'mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nmc_enable 0x20\n');
  const child = spawn('ipmi_sim', ['-n', '-c', place('lan.conf'), '-f', place('commands'), '-s', place('state')], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.once('error', () => undefined);
  while (await isFree(port)) {
    if (child.exitCode !== null || child.pid === undefined) throw new Error('ipmi_sim did not start');
    await sleep(20);
  }
  return {
    bmc: `127.0.0.1:${port}`,
    unplug: () => { writeFileSync(place('power'), '0\n'); },
    asked: () => readFileSync(place('power.log'), 'utf8').trimEnd().split('\n'),
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A controller that takes every packet and answers none. */
export interface SilentBmc {
  readonly bmc: string;
  readonly stop: () => void;
}

export async function startSilentBmc(): Promise<SilentBmc> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { bmc: `127.0.0.1:${socket.address().port}`, stop: () => { socket.close(); } };
}

// --- internal ---

/** Keeps a log of what is asked. */
const CHASSIS = `#!/bin/sh
state=$1
shift
echo "$*" >>"$state.log"
`;

/** A file that holds the power. */
const FILE = `op=$1
shift
case $op in
get) for name; do [ "$name" = power ] && echo "power:$(cat "$state")" || echo "$name:0"; done ;;
set) [ "$1" != power ] || echo "$2" >"$state" ;;
esac
`;

function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

function isFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}

import { describe, expect, test } from '@jest/globals';
import { createCluster } from '../../lib/cluster/create.ts';
import { hardwareTarget } from '../../lib/power/target.ts';

const target = (ipmi: Readonly<Record<string, string>>, nodehm: Readonly<Record<string, string>> = { mgt: 'ipmi' }) => hardwareTarget(createCluster({
  nodelist: [{ node: 'n01', groups: 'compute' }],
  nodehm: [{ node: 'compute', ...nodehm }],
  ipmi: [{ node: 'n01', ...ipmi }],
  passwd: [{ key: 'ipmi', username: 'root', password: 'of the table' }],
}), 'n01', 'power');

describe('the hardware of a node', () => {
  test.each([
    ['bmc-n01', 'bmc-n01', '623'], ['10.1.0.1:9623', '10.1.0.1', '9623'], ['fd00::1', 'fd00::1', '623'], ['[fd00::1]', 'fd00::1', '623'],
  ])('ipmi.bmc %s is host %s, port %s', (bmc, host, port) => {
    expect(target({ bmc, username: 'ADMIN', password: 'secret' })).toEqual({ method: 'ipmi', host, port, username: 'ADMIN', password: 'secret' });
  });

  test('has the account of the passwd row ipmi when it has none of its own', () => {
    expect(target({ bmc: 'b' })).toMatchObject({ username: 'root', password: 'of the table' });
  });

  test('may be a virtual node of the lab; nodehm.power goes before nodehm.mgt', () => {
    expect(target({}, { mgt: 'ipmi', power: 'lab' })).toEqual({ method: 'lab' });
  });

  test.each([
    [{ bmc: '-I' }, { mgt: 'ipmi' }, 'n01: ipmi.bmc is "-I", wanted a name or address'],
    [{}, { mgt: 'ipmi' }, 'n01: ipmi.bmc is empty'],
    [{ bmc: 'b' }, { mgt: 'hmc' }, 'n01: nodehm.mgt is "hmc", wanted ipmi or lab'],
    [{ bmc: 'b' }, {}, 'n01: nodehm.mgt is empty, wanted ipmi or lab'],
    [{ bmc: 'b', password: 'x'.repeat(21) }, { mgt: 'ipmi' }, 'n01: its account for ipmi is longer than IPMI takes'],
  ])('%j with %j is refused', (ipmi, nodehm, message) => {
    expect(() => target(ipmi, nodehm)).toThrow(message);
  });
});

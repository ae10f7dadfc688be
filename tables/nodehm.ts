import { defineTable } from './table.ts';

export const nodehm = defineTable({
  name: 'nodehm',
  help: 'How the hardware of a node is controlled: power, console, serial line.',
  keys: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node, or of a group that passes the value on to its members.',
    power: 'Method that switches the power, when it is not mgt.',
    mgt: 'Method that manages the node: ipmi, or lab for the virtual nodes of litelab.',
    cons: 'Method that reaches the console, when it is not mgt.',
    termserver: 'Terminal server the serial line is connected to.',
    termport: 'Port of the terminal server.',
    conserver: 'Host that keeps the console connection open. Unset: the management node.',
    serialport: 'Number of the serial line used as console: 0 is ttyS0. Unset: no serial console.',
    serialspeed: 'Speed of the serial line in bit/s: 9600, 19200, 38400, 57600 or 115200.',
    serialflow: 'Flow control of the serial line: hard, or unset for none.',
    getmac: 'Method that reads the MAC addresses, when it is not mgt.',
    cmdmapping: 'File with mappings of hardware control commands.',
    consoleondemand: '1 or yes: the console is connected only while someone uses it.',
    consoleenabled: '1: makegocons has set the console up.',
  },
});

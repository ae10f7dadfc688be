import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { aloneSeconds, bestPace, ceiling, isInTime, simulate, type Capacity, type Demand } from '../../lib/storm/simulate.ts';

const DEMAND: Demand = { bootBytes: 31_000_000, nfsBytes: 60_000_000, nfsOperations: 8000, connections: 2, firmware: 30, alone: 25 };
const CAPACITY: Capacity = { servers: 1, link: 1.1e9, nodeLink: 1.1e8, nfsOperations: 100_000, connections: 2000 };
const storm = (nodes: number, perSecond: number, more: Partial<Capacity> = {}, demand: Demand = DEMAND) => simulate(demand, { ...CAPACITY, ...more }, { nodes, perSecond });

describe('a simulated storm', () => {
  test('is the same for the same seed, and a node by itself takes the time of its firmware and its boot', () => {
    expect(storm(500, 20)).toEqual(storm(500, 20));
    const alone = aloneSeconds(DEMAND, CAPACITY);
    expect(alone).toBeGreaterThan(DEMAND.firmware + DEMAND.alone);
    expect(alone).toBeLessThan(DEMAND.firmware * 1.2 + DEMAND.alone + 1);
  });
  test('more links, more servers, more operations are never slower; more nodes and heavier boots never faster', () => {
    // Who shares a link with others that went on a little earlier may end a little later.
    const step = 1;
    fc.assert(fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 60 }), fc.double({ min: 1, max: 8, noNaN: true }), (nodes, pace, factor) => {
      const base = storm(nodes, pace);
      for (const more of [{ link: CAPACITY.link * factor }, { nfsOperations: CAPACITY.nfsOperations * factor }, { connections: CAPACITY.connections * factor }]) {
        const better = storm(nodes, pace, more);
        expect(better.p99).toBeLessThanOrEqual(base.p99 + step);
        expect(better.total).toBeLessThanOrEqual(base.total + step);
      }
      expect(storm(nodes, pace, {}, { ...DEMAND, nfsOperations: DEMAND.nfsOperations * factor }).total).toBeGreaterThanOrEqual(base.total - step);
      expect(storm(nodes * 2, pace).total).toBeGreaterThanOrEqual(base.total - step - DEMAND.firmware * 0.2);
    }), { numRuns: 40 });
  });
  test('no resource gives more than it has: all at once takes at least as long as the scarcest needs', () => {
    const { total } = storm(2000, 2000);
    expect(total).toBeGreaterThanOrEqual(2000 / ceiling(DEMAND, CAPACITY).perSecond);
    const { busy } = storm(2000, 5);
    for (const share of Object.values(busy)) expect(share).toBeLessThanOrEqual(1);
  });
  test('the link is shared by those that load and those that read: never more than it has, at any pace', () => {
    for (const pace of [10, 15, 20, 1000]) {
      const { total } = storm(1000, pace);
      expect(total - DEMAND.firmware).toBeGreaterThanOrEqual(1000 * (DEMAND.bootBytes + DEMAND.nfsBytes) / CAPACITY.link);
    }
  });
  test('requests wait for what is scarce, and are in time as long as half of their time-out is left', () => {
    const scarce = storm(5000, 5000, { nfsOperations: 10_000 });
    expect(scarce.waits.mount).toBeGreaterThan(5);
    expect([isInTime(scarce), isInTime(storm(5000, 1, { nfsOperations: 10_000 }))]).toEqual([false, true]);
    expect(storm(5000, 5000, { connections: 20, link: 1e12 }).waits.plan).toBeGreaterThan(100);
  });
  test('several servers share the nodes: so many times the nodes take as long', () => {
    const one = storm(500, 10);
    const four = storm(2000, 40, { servers: 4 });
    expect(Math.abs(four.total - one.total)).toBeLessThan(1);
  });
  test('the scarcest resource is named', () => {
    expect(ceiling(DEMAND, CAPACITY)).toMatchObject({ resource: 'link' });
    expect(ceiling(DEMAND, { ...CAPACITY, nfsOperations: 1000 })).toMatchObject({ resource: 'nfs', perSecond: 0.125 });
    expect(ceiling(DEMAND, { ...CAPACITY, connections: 2 })).toMatchObject({ resource: 'statelited', perSecond: 1 });
  });
  test('the best pace keeps the patience asked for, and a tenth more does not, unless all may come at once', () => {
    const pace = bestPace(DEMAND, CAPACITY, 2000, 1.5);
    const limit = aloneSeconds(DEMAND, CAPACITY) * 1.5;
    expect(storm(2000, pace).p99).toBeLessThanOrEqual(limit);
    expect(storm(2000, pace * 1.1).p99).toBeGreaterThan(limit);
    expect(bestPace(DEMAND, CAPACITY, 10, 1.5)).toBe(10);
  });
});

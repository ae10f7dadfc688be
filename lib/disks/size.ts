import type { PartPlan } from './disk-plan.ts';

const MIB: Readonly<Record<string, number>> = { M: 1, G: 1024, T: 1024 * 1024 };

/** MiB of `512M`, `2G`, `1TiB`; undefined when it is no size. */
export function mebibytes(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^([1-9]\d{0,8})([MGT])(?:i?B)?$/i.exec(text) ?? [];
  const factor = MIB[unit.toUpperCase()];
  return factor === undefined ? undefined : Number(digits) * factor;
}

/** The size of a partition as plans have it; undefined when it cannot be read. */
export function partSize(text: string): PartPlan['size'] | undefined {
  if (text === '' || text === 'rest') return 'rest';
  const [, percent] = /^([1-9]\d?)%$/.exec(text) ?? [];
  if (percent !== undefined) return `${Number(percent)}%`;
  const mib = mebibytes(text);
  return mib === undefined ? undefined : `${mib}M`;
}

/** `1.5G` of 1536 MiB. */
export const sizeText = (mib: number): string => (mib >= 1024 ? `${Number((mib / 1024).toFixed(1))}G` : `${mib}M`);

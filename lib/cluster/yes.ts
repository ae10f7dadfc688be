/** Whether a setting is switched on: `1`, `y`, `yes`, `on` or `true`, in any case. */
export const isYes = (value: string | undefined): boolean => /^(1|y|yes|on|true)$/i.test(value ?? '');

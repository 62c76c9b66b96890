import { SingleSelect, SingleSelectOption } from '@strapi/design-system';

import { useFormat } from '../shared/format';

interface LocaleSelectProps {
  /** For a list without a visible label. */
  label?: string;
  locales: readonly string[];
  value: string | undefined;
  onChange(code: string): void;
}

/** Chooses one of a type's locales, by the name of its language. */
export function LocaleSelect({ label, locales, value, onChange }: LocaleSelectProps) {
  const format = useFormat();
  return (
    <SingleSelect aria-label={label} value={value} onChange={(code) => onChange(String(code))}>
      {locales.map((code) => (
        <SingleSelectOption key={code} value={code}>
          {format.language(code)}
        </SingleSelectOption>
      ))}
    </SingleSelect>
  );
}

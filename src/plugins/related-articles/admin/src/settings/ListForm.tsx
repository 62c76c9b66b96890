import { Field, SingleSelect, SingleSelectOption } from '@strapi/design-system';
import { styled } from 'styled-components';

import { FALLBACKS, type FindSettingsResponse, type SiteSettings } from '../../../shared/settings';
import { useFormat } from '../shared/format';
import { isWithin, WholeNumber, type Bounds } from '../shared/WholeNumber';
import { Section } from './Section';
import { Slider } from './Slider';

const SIGNALS = ['text', 'title', 'taxonomy', 'links', 'date'] as const;
const MAX_WEIGHT = 3;
const LIMITS: Bounds = [1, 100];
export const DAYS: Bounds = [1, 36_500];

/** Whether the server accepts all numbers in the form. */
export const areNumbersRight = ({ limit, maxAge }: SiteSettings): boolean =>
  (limit === undefined || isWithin(limit, LIMITS)) && (typeof maxAge !== 'number' || isWithin(maxAge, DAYS)); // prettier-ignore

const Grid = styled.div`
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr));
  gap: ${({ theme }) => theme.spaces[4]};
`;

interface ListFormProps {
  found: FindSettingsResponse['data'];
  draft: SiteSettings;
  change(part: Partial<SiteSettings>): void;
}

/** How long lists are, what may be in them, and what counts how much. */
export function ListForm({ found: { defaults, fixed, hasDates }, draft, change }: ListFormProps) {
  const format = useFormat();
  const isFixed = (path: string) => fixed.includes(path);
  const hintOf = (path: string, id = path) =>
    format(isFixed(path) ? 'settings.fixed' : `settings.hint.${id}`);
  const weights = draft.weights ?? {};
  const maxAge = isFixed('maxAge') || draft.maxAge === undefined ? defaults.maxAge : draft.maxAge;
  return (
    <>
      <Section title={format('settings.lists')}>
        <Grid>
          <WholeNumber
            label={format('settings.limit')}
            hint={hintOf('limit')}
            bounds={LIMITS}
            value={isFixed('limit') ? defaults.limit : (draft.limit ?? defaults.limit)}
            isDisabled={isFixed('limit')}
            onChange={(limit) => change({ limit })}
          />
          <Field.Root hint={hintOf('fallback')}>
            <Field.Label>{format('settings.fallback')}</Field.Label>
            <SingleSelect
              value={
                isFixed('fallback') ? defaults.fallback : (draft.fallback ?? defaults.fallback)
              }
              disabled={isFixed('fallback')}
              onChange={(value) => change({ fallback: FALLBACKS.find((one) => one === value) })}
            >
              {FALLBACKS.map((one) => (
                <SingleSelectOption key={one} value={one}>
                  {format(`settings.fallback.${one}`)}
                </SingleSelectOption>
              ))}
            </SingleSelect>
            <Field.Hint />
          </Field.Root>
          {(hasDates || typeof draft.maxAge === 'number') && (
            <WholeNumber
              label={format('settings.maxAge')}
              hint={hintOf('maxAge')}
              bounds={DAYS}
              value={maxAge ?? undefined}
              placeholder={format('settings.anyAge')}
              isDisabled={isFixed('maxAge')}
              // Nothing is its own choice only where it differs from the default.
              onChange={(days) =>
                change({ maxAge: days ?? (defaults.maxAge == null ? undefined : null) })
              }
            />
          )}
        </Grid>
        <Grid>
          {(['minScore', 'diversity'] as const).map((key) => (
            <Slider
              key={key}
              label={format(`settings.${key}`)}
              hint={hintOf(key)}
              isDisabled={isFixed(key)}
              value={isFixed(key) ? defaults[key] : (draft[key] ?? defaults[key])}
              isOwn={draft[key] !== undefined && !isFixed(key)}
              most={1}
              step={0.01}
              onChange={(value) => change({ [key]: value })}
              onReset={() => change({ [key]: undefined })}
            />
          ))}
        </Grid>
      </Section>
      <Section title={format('settings.weights')} hint={format('settings.weights.hint')}>
        <Grid>
          {SIGNALS.map((signal) => (
            <Slider
              key={signal}
              label={format(`settings.weight.${signal}`)}
              hint={hintOf(`weights.${signal}`, `weight.${signal}`)}
              isDisabled={isFixed(`weights.${signal}`)}
              value={isFixed(`weights.${signal}`) ? defaults.weights[signal] : (weights[signal] ?? defaults.weights[signal])} // prettier-ignore
              isOwn={weights[signal] !== undefined && !isFixed(`weights.${signal}`)}
              most={MAX_WEIGHT}
              step={0.05}
              onChange={(value) => change({ weights: { ...weights, [signal]: value } })}
              onReset={() => change({ weights: { ...weights, [signal]: undefined } })}
            />
          ))}
        </Grid>
      </Section>
    </>
  );
}

import {
  Box,
  Button,
  Combobox,
  ComboboxOption,
  Field,
  Flex,
  SingleSelect,
  SingleSelectOption,
  Typography,
} from '@strapi/design-system';
import { useEffect, useRef, useState, type ReactNode } from 'react';

import type { FindSettingsResponse } from '../../../shared/settings';
import { DayInput } from '../shared/DayInput';
import { endOf } from '../shared/days';
import { EntrySearch } from '../shared/EntrySearch';
import { useFormat } from '../shared/format';
import { isWithin, WholeNumber, type Bounds } from '../shared/WholeNumber';
import { DAYS } from './ListForm';
import { LocaleSelect } from './LocaleSelect';
import { FACTORS, type Rule, type RuleKind } from './rules';

const KINDS: RuleKind[] = ['never', 'favour', 'atMost', 'same', 'different', 'ignore', 'halfLife', 'place']; // prettier-ignore
/** Kinds that depend on one entry of a relation. */
const NAMED: RuleKind[] = ['never', 'favour', 'place'];
const HALF_LIFE = 365;
const COUNTS: Bounds = [1, 100];
/** The control that gets the focus: the first one of the form, or the button that opens it. */
const FIRST = '[role=combobox], button';

type Strength = keyof typeof FACTORS;
const isStrength = (value: unknown): value is Strength => String(value) in FACTORS;

interface AddRuleProps {
  uid: string;
  locales: readonly string[];
  found: FindSettingsResponse['data'];
  onAdd(rule: Rule): void;
  /** Called with whether a rule is filled in but not added. */
  onOpen(isOpen: boolean): void;
}

interface Form {
  kind: RuleKind;
  relation: string;
  name: string;
  count: number | undefined;
  days: number | undefined;
  strength: Strength;
  entry: { documentId: string; title: string } | null;
  /** The last day, such as 2026-03-01; empty for none. */
  until: string;
}

/** Asks for one rule, one part after the other. */
export function AddRule({ uid, locales, found, onAdd, onOpen }: AddRuleProps) {
  const format = useFormat();
  const { relations, fixed, hasDates } = found;
  const [first] = relations;
  const [isOpen, setOpen] = useState(false);
  const kinds = KINDS.filter(
    (kind) =>
      !fixed.includes(`rules.${kind}`) && (kind === 'halfLife' ? hasDates : relations.length > 0),
  );
  const empty: Form = {
    kind: kinds[0],
    relation: first?.attribute ?? '',
    name: '',
    count: 2,
    days: HALF_LIFE,
    strength: 'less',
    entry: null,
    until: '',
  };
  const [form, setForm] = useState<Form>(empty);
  /** Where the entry is searched for. */
  const [locale, setLocale] = useState<string | undefined>(locales[0]);
  const set = (part: Partial<Form>) => setForm((now) => ({ ...now, ...part }));
  const rule = ruleOf(form);
  const dayInput = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const wasOpen = useRef(isOpen);
  // The button that had the focus is gone.
  useEffect(() => {
    if (wasOpen.current !== isOpen) box.current?.querySelector<HTMLElement>(FIRST)?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  const isFilledIn = isOpen && rule !== null;
  useEffect(() => onOpen(isFilledIn), [isFilledIn, onOpen]);
  if (kinds.length === 0) return null;
  if (!isOpen) {
    return (
      <Box ref={box}>
        <Button variant="secondary" onClick={() => setOpen(true)}>
          {format('rules.add')}
        </Button>
      </Box>
    );
  }
  const chosen = relations.find(({ attribute }) => attribute === form.relation);
  const { names = [], hasMore = false } = chosen ?? {};
  const offered = form.name && !names.includes(form.name) ? [...names, form.name] : names;
  return (
    <Box ref={box} background="neutral100" hasRadius padding={4}>
      <Flex direction="column" alignItems="stretch" gap={4}>
        <Labelled label={format('rules.kind')}>
          <SingleSelect
            value={form.kind}
            onChange={(kind) => set({ kind: KINDS.find((one) => one === kind) })}
          >
            {kinds.map((kind) => (
              <SingleSelectOption key={kind} value={kind}>
                {format(`rules.kind.${kind}`)}
              </SingleSelectOption>
            ))}
          </SingleSelect>
        </Labelled>
        {form.kind !== 'halfLife' && (
          <Labelled label={format('rules.relation')}>
            <SingleSelect
              value={form.relation}
              onChange={(relation) => set({ relation: String(relation), name: '' })}
            >
              {relations.map(({ attribute }) => (
                <SingleSelectOption key={attribute} value={attribute}>
                  {attribute}
                </SingleSelectOption>
              ))}
            </SingleSelect>
          </Labelled>
        )}
        {NAMED.includes(form.kind) && (
          <Labelled label={format('rules.name')}>
            <Combobox
              value={form.name}
              placeholder={format('rules.name.placeholder')}
              creatable={hasMore}
              createMessage={(name) => format('rules.name.other', { name })}
              onCreateOption={(name?: string) => set({ name: name ?? '' })}
              onChange={(name?: string) => set({ name: name ?? '' })}
              onClear={() => set({ name: '' })}
            >
              {offered.map((name) => (
                <ComboboxOption key={name} value={name}>
                  {name}
                </ComboboxOption>
              ))}
            </Combobox>
          </Labelled>
        )}
        {form.kind === 'favour' && (
          <Labelled label={format('rules.strength')}>
            <SingleSelect
              value={form.strength}
              onChange={(value) => isStrength(value) && set({ strength: value })}
            >
              {Object.keys(FACTORS).map((strength) => (
                <SingleSelectOption key={strength} value={strength}>
                  {format(`rules.strength.${strength}`)}
                </SingleSelectOption>
              ))}
            </SingleSelect>
          </Labelled>
        )}
        {form.kind === 'atMost' && (
          <WholeNumber
            label={format('rules.count')}
            value={form.count}
            bounds={COUNTS}
            onChange={(count) => set({ count })}
          />
        )}
        {form.kind === 'halfLife' && (
          <WholeNumber
            label={format('rules.days')}
            value={form.days}
            bounds={DAYS}
            onChange={(days) => set({ days })}
          />
        )}
        {form.kind === 'place' && (
          <>
            {form.entry && <Typography>{form.entry.title || format('untitled')}</Typography>}
            {locales.length > 1 && (
              <Labelled label={format('preview.locale')}>
                <LocaleSelect locales={locales} value={locale} onChange={setLocale} />
              </Labelled>
            )}
            <EntrySearch
              uid={uid}
              locale={locale}
              taken={new Set(form.entry ? [form.entry.documentId] : [])}
              takenLabel={format('rules.chosen')}
              label={format('rules.entry')}
              onChoose={(entry) => set({ entry })}
            />
            <Labelled label={format('rules.until')}>
              <DayInput ref={dayInput} day={form.until} onChange={(until) => set({ until })} />
            </Labelled>
          </>
        )}
        <Flex gap={2}>
          <Button
            variant="tertiary"
            onClick={() => {
              setForm(empty);
              setOpen(false);
            }}
          >
            {format('cancel')}
          </Button>
          <Button
            disabled={rule === null}
            onClick={() => {
              if (dayInput.current?.reportValidity() === false) return;
              if (rule) onAdd(rule);
              setForm(empty);
              setOpen(false);
            }}
          >
            {format('rules.add')}
          </Button>
        </Flex>
      </Flex>
    </Box>
  );
}

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Field.Root>
      <Field.Label>{label}</Field.Label>
      {children}
    </Field.Root>
  );
}

/** Returns the rule in the form; `null` while a part of it is missing. */
function ruleOf({
  kind,
  relation,
  name: typed,
  count,
  days,
  strength,
  entry,
  until,
}: Form): Rule | null {
  const name = typed.trim();
  if (kind === 'halfLife') {
    return days !== undefined && isWithin(days, DAYS) ? { kind, days } : null;
  }
  if (relation === '' || (NAMED.includes(kind) && name === '')) return null;
  switch (kind) {
    case 'never':
      return { kind, relation, name };
    case 'favour':
      return { kind, relation, name, factor: FACTORS[strength] };
    case 'atMost':
      return count !== undefined && isWithin(count, COUNTS) ? { kind, relation, count } : null;
    case 'place': {
      if (!entry) return null;
      const placed = { kind, relation, name, documentId: entry.documentId, title: entry.title } as const; // prettier-ignore
      if (!until) return placed;
      const end = endOf(until);
      return end === null ? null : { ...placed, until: end };
    }
    default:
      return { kind, relation };
  }
}

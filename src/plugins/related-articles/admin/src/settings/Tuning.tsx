import { Button, Flex, Typography } from '@strapi/design-system';
import { useState } from 'react';

import type { SiteSettings, TuneResponse } from '../../../shared/settings';
import { useApi } from '../api';
import { useFormat, type Format } from '../shared/format';
import { Hint } from '../shared/Hint';
import { problemOf, wordsOf } from '../shared/problems';
import { Section } from './Section';

interface TuningProps {
  uid: string;
  /** Whether a file has fitted weights, which then apply. */
  isFixed: boolean;
  parts: SiteSettings['parts'];
  onApply(parts: SiteSettings['parts']): void;
}

/** Fits the weights to what editors decided, and shows the gain before anything is changed. */
export function Tuning({ uid, isFixed, parts, onApply }: TuningProps) {
  const format = useFormat();
  const { tune } = useApi();
  const [result, setResult] = useState<TuneResponse['data'] | null>(null);
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const start = async () => {
    setBusy(true);
    setProblem('');
    try {
      setResult(await tune(uid, {}));
    } catch (error) {
      setProblem(wordsOf(problemOf(error), format));
    } finally {
      setBusy(false);
    }
  };
  const isGain = result?.state === 'fitted' && result.gain.low > 0;
  return (
    <Section title={format('tuning.title')} hint={format(isFixed ? 'tuning.fixed' : 'tuning.hint')}>
      <Flex gap={3} wrap="wrap">
        <Button
          variant="secondary"
          disabled={isFixed || isBusy}
          loading={isBusy}
          onClick={() => void start()}
        >
          {format('tuning.start')}
        </Button>
        {isGain && (
          <Button
            onClick={() => {
              onApply(result.parts);
              setResult(null);
            }}
          >
            {format('tuning.apply')}
          </Button>
        )}
        {parts && !isFixed && (
          <Button variant="tertiary" onClick={() => onApply(undefined)}>
            {format('tuning.remove')}
          </Button>
        )}
      </Flex>
      <div role="status">
        {problem && <Typography textColor="danger600">{problem}</Typography>}
        {result && <Typography>{wordsFor(result, format)}</Typography>}
        {parts && !isFixed && <Hint>{format('tuning.inForce')}</Hint>}
      </div>
    </Section>
  );
}

function wordsFor(result: TuneResponse['data'], format: Format): string {
  if (result.state === 'too few') {
    return format('tuning.tooFew', { judged: result.judged, needed: result.needed });
  }
  const { judged, before, after, gain } = result;
  const three = (value: number) => format.number(Number(value.toFixed(3)));
  const values = { judged, before: three(before), after: three(after), low: three(gain.low), high: three(gain.high) }; // prettier-ignore
  return format(gain.low > 0 ? 'tuning.gain' : 'tuning.chance', values);
}

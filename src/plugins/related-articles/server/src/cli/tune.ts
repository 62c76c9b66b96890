import { existsSync } from 'node:fs';
import path from 'node:path';

import { counted } from '../config/counted';
import { readWeights, WEIGHTS_FILE, writeWeights } from '../config/weights-file';
import { isTunableEngine } from '../engine/engine';
import { PART_NAMES, PARTS, type Part } from '../engine/ranking/weights';
import { CUTOFF } from '../evaluation/metrics';
import { judgedList, type JudgedList } from '../evaluation/judged-list';
import { MIN_JUDGED, tune, TUNING_STEPS, type Tuning } from '../evaluation/tuning';
import { articleType } from './articles-file';
import { indexArticles } from './corpus';
import { CliError, refuse } from './errors';
import { readJudgements, warnOfUnknown, type Judgements } from './judgements';
import { createProgress } from './progress';
import { bySlug, checkSource, inProject, pinned, type Project } from './project';

export interface TuneOptions {
  related?: string;
  from?: string;
  articles?: string;
  type?: string;
  locale?: string;
  apply?: boolean;
  json?: boolean;
}

/** The judged content type, and the candidates of its judged documents. */
interface Judged {
  uid: string;
  lists: JudgedList[];
}

/**
 * Fits the weights to judgements and prints what they are worth on articles that they were not fitted on.
 *
 * @throws CliError when there are too few judgements, or the gain to apply may be chance.
 */
export async function tuneWeights(options: TuneOptions): Promise<void> {
  const { apply, articles, related, json } = options;
  checkSource(options);
  const folder = process.cwd();
  if (apply && !existsSync(path.join(folder, path.dirname(WEIGHTS_FILE)))) {
    throw new CliError(
      `--apply: ${folder} is not a Strapi project. Run this in the folder of one.`,
    );
  }
  // Report an unreadable file before minutes of fitting.
  if (apply) readWeights(folder);
  for (const option of ['type', 'locale'] as const) {
    if (!articles || options[option] === undefined) continue;
    throw new CliError(
      `--${option}: "${options[option]}" selects articles of the project, but --articles names a file. Expected one of the two.`,
    );
  }
  const { uid, lists } = await judge(options);
  const found = lists.filter(({ relevant }) => relevant.length > 0).length;
  if (found < MIN_JUDGED) {
    throw new CliError(
      `${related ?? '--from curation'}: only ${counted(found, 'article')} with a judged article among the candidates, too few to tell a gain from chance. Expected at least ${MIN_JUDGED}, better 200. Nothing was changed.`,
    );
  }

  const progress = createProgress('Fitting', TUNING_STEPS);
  const tuning = tune(lists, () => progress.step());
  progress.stop();
  const parts = Object.fromEntries(
    PART_NAMES.map((part, i) => [part, Number(tuning.weights[i].toFixed(3))]),
  ) as Record<Part, number>;
  process.stdout.write(
    json ? `${JSON.stringify({ ...tuning, weights: parts })}\n` : describe(tuning, parts),
  );

  const { gain, judged, before, after } = tuning;
  if (gain.low <= 0) {
    const reason = 'The gain may be chance: its interval is not entirely above zero.';
    if (apply) throw new CliError(`${reason} Nothing was applied.`);
    if (!json) process.stdout.write(`${reason}\n`);
  } else if (apply) {
    const fitted = {
      on: new Date().toISOString().slice(0, 10),
      judgements: judged,
      before: Number(before.toFixed(4)),
      after: Number(after.toFixed(4)),
    };
    await writeWeights(folder, uid, { parts, fitted }).catch(refuse);
    process.stderr.write(
      `Written to ${WEIGHTS_FILE} for ${uid}. The server reads it when it starts.\n`,
    );
  } else if (!json) {
    process.stdout.write('Nothing was changed. Use --apply to keep these weights.\n');
  }
}

async function judge(options: TuneOptions): Promise<Judged> {
  const { articles, related } = options;
  if (related === undefined) return ofProject(pinned, options);
  const judgements = await readJudgements(related);
  return articles
    ? ofFile(articles, judgements)
    : ofProject((project) => bySlug(project, judgements), options);
}

async function ofFile(file: string, judgements: Judgements): Promise<Judged> {
  const { articles, engine, ranking, collectionOf } = await indexArticles(file, false);
  const bySlug = new Map(articles.map((article) => [article.slug, article]));
  warnOfUnknown(judgements, (slug) => bySlug.has(slug));
  const lists: JudgedList[] = [];
  for (const [slug, judged] of judgements) {
    const article = bySlug.get(slug);
    const found = article && (await engine.candidates(collectionOf(article), slug));
    if (found) lists.push(judgedList(slug, found, judged, ranking));
  }
  return { uid: articleType().uid, lists };
}

function ofProject(
  judgementsOf: (project: Project) => Promise<Judgements>,
  options: TuneOptions,
): Promise<Judged> {
  return inProject(options, async (project) => {
    const { type, locale, engine, ranking } = project;
    if (!isTunableEngine(engine)) throw new CliError('This engine cannot be tuned.');
    const lists: JudgedList[] = [];
    for (const [id, judged] of await judgementsOf(project)) {
      const found = await engine.candidates({ type: type.uid, locale }, id);
      if (found) lists.push(judgedList(id, found, judged, ranking));
    }
    return { uid: type.uid, lists };
  });
}

function describe({ judged, seeds, before, after, gain }: Tuning, parts: Record<Part, number>) {
  const four = (value: number) => value.toFixed(4);
  const signed = (value: number) => (value < 0 ? '' : '+') + four(value);
  const weights = PART_NAMES.map(
    (part) =>
      `  ${part.padEnd(15)}${PARTS[part].weight.toFixed(2).padStart(6)} -> ${parts[part].toFixed(2)}`,
  );
  return [
    `${judged} judged articles, nDCG@${CUTOFF} on those that the weights were not fitted on`,
    `  default weights  ${four(before)}`,
    ...seeds.map(({ seed, heldOut }) => `  fitted, seed ${seed}   ${four(heldOut)}`),
    `  fitted, mean     ${four(after)}`,
    `  gain             ${signed(gain.mean)}, 95 % interval ${signed(gain.low)} to ${signed(gain.high)}`,
    'weights, fitted on all judgements:',
    ...weights,
    '',
  ].join('\n');
}

import type { Core } from '@strapi/strapi';

import { uidOf, type Change } from '../changes/change-log';
import { ownRows } from '../changes/own-rows';
import type { ProblemSink } from '../changes/problems';
import { confirmed } from '../changes/confirmed';
import { NO_DRIFT, type ChangeConsumer, type Drift, type Verification } from '../changes/consumer';
import type { RelatedType } from '../config/resolve';
import { unfitting } from './settings-schema';
import { noSetting, SETTING, toSetting, type Setting } from './setting';

/** The site's settings in this process's memory: a few rows, always read as a whole. */
export class SettingsCache implements ChangeConsumer {
  readonly failure = 'the settings cannot be read';
  readonly keepsPosition = false;
  readonly isAwaited = false;
  private settings = new Map<string, Setting>();
  private mustLoad = true;
  /** Content types some of whose settings were reported to have no effect, and why. */
  private readonly named = new Map<string, string>();
  /** Changes whenever any of the settings does. */
  version = 0;

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly types: ReadonlyMap<string, RelatedType>,
    private readonly problems: ProblemSink,
  ) {}

  handle(changes: readonly Change[]): void {
    for (const change of changes) {
      if (uidOf(change) === SETTING.uid) this.mustLoad = true;
    }
  }

  resync(): void {
    this.mustLoad = true;
  }

  get pending(): number {
    return Number(this.mustLoad);
  }

  async apply(): Promise<void> {
    if (!this.mustLoad) return;
    this.mustLoad = false;
    try {
      this.replace(await this.read());
    } catch (error) {
      this.mustLoad = true;
      throw error;
    }
  }

  get(uid: string): Setting {
    return this.settings.get(uid) ?? noSetting(uid);
  }

  /** Applies what this process has just written, without waiting for the log. */
  take(setting: Setting): void {
    if (this.get(setting.uid).revision >= setting.revision) return;
    this.replace(new Map(this.settings).set(setting.uid, setting));
    this.name(setting.uid, mistakeIn(setting, this.types.get(setting.uid)));
  }

  async verify(verification: Verification): Promise<Drift> {
    let compared = 0;
    const differences = await confirmed(verification, async () => {
      const stored = await this.read();
      compared = stored.size;
      return Number(JSON.stringify([...stored]) !== JSON.stringify([...this.settings]));
    });
    if (differences === 0) return NO_DRIFT;
    return {
      compared,
      differences,
      description: 'settings were changed outside Strapi; reading them again',
      changes: [{ kind: 'type', uid: SETTING.uid }],
    };
  }

  private replace(settings: Map<string, Setting>): void {
    const isSame = JSON.stringify([...settings]) === JSON.stringify([...this.settings]);
    // Equal settings stay the same object, so that whatever was made with them remains valid.
    if (isSame) return;
    for (const [uid, setting] of settings) {
      const known = this.settings.get(uid);
      if (known && JSON.stringify(known) === JSON.stringify(setting)) settings.set(uid, known);
    }
    this.settings = settings;
    this.version += 1;
  }

  private async read(): Promise<Map<string, Setting>> {
    const query = ownRows(this.strapi, SETTING.uid);
    const rows = await query.findMany({ orderBy: { targetType: 'asc' } });
    const settings = rows.map(toSetting);
    const wrong = new Map(
      settings.map((setting) => [setting.uid, mistakeIn(setting, this.types.get(setting.uid))]),
    );
    for (const uid of new Set([...wrong.keys(), ...this.named.keys()]))
      this.name(uid, wrong.get(uid));
    return new Map(settings.map((setting) => [setting.uid, setting]));
  }

  private name(uid: string, mistake: string | undefined): void {
    const what = `some settings of ${uid} have no effect`;
    if (this.named.get(uid) === mistake) return;
    this.named.delete(uid);
    this.problems.resolve(what);
    if (mistake === undefined) return;
    this.named.set(uid, mistake);
    this.problems.raise(what, new Error(mistake));
  }
}

/** Returns why a part of the settings has no effect. Settings of unconfigured types are reported elsewhere. */
export const mistakeIn = (
  { settings, mistake }: Setting,
  type: RelatedType | undefined,
): string | undefined => mistake ?? (type && unfitting(type, settings)[0]);

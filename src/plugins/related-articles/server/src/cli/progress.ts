import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  step(by?: number): void;
  stop(): void;
}

/** Shows progress of long work on stderr: a bar on a terminal, otherwise a line now and then to keep logs readable. */
export function createProgress(label: string, total: number): Progress {
  return process.stderr.isTTY ? createBar(label, total) : createLines(label, total);
}

function createBar(label: string, total: number): Progress {
  const bar = new SingleBar(
    { format: `${label} {bar} {value}/{total} | {eta_formatted} left`, fps: 5 },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return { step: (by = 1) => bar.increment(by), stop: () => bar.stop() };
}

const LINE_EVERY_MS = 5000;

function createLines(label: string, total: number): Progress {
  let done = 0;
  let lastLine = Date.now();
  return {
    step(by = 1) {
      done += by;
      if (Date.now() - lastLine < LINE_EVERY_MS || done >= total) return;
      lastLine = Date.now();
      process.stderr.write(`${label}: ${done} of ${total}\n`);
    },
    stop: () => process.stderr.write(`${label}: ${done} of ${total}\n`),
  };
}

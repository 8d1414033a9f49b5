// Metrics, alert rules and dashboard, checked by promtool.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import dashboard from '../../server/deploy/grafana-dashboard.json' with { type: 'json' };
import { databasePath, startServer } from '../support/fixtures.ts';
import { exchange, send } from '../support/http/http.ts';
import { ROOT } from '../support/project-copy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { DEPLOY, runTool } from './run-tool.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
}

async function readRules(): Promise<Rule[]> {
  const { groups }: { groups: { rules: Rule[] }[] } = parse(
    await readFile(join(DEPLOY, 'prometheus/alerts.yaml'), 'utf8'),
  );
  return groups.flatMap(({ rules }) => rules);
}

/** The metrics of a server that has served requests of each kind. */
async function scrape(): Promise<string> {
  const url = await startServer({ DATABASE_PATH: await databasePath() }).url;
  for (const body of [VALID, {}]) await send(url, { body });
  await send(url, { headers: { authorization: [] } });
  await exchange(url, { method: 'GET', path: '/readyz' });
  return (await exchange(url, { method: 'GET', path: '/metrics' })).text;
}

/** The names of metrics in an expression, which precede a selector. */
const metricsIn = (expression: string) => [...expression.matchAll(/([a-z_:][\w:]*)\{/g)].map(([, name = '']) => name);

describe('promtool', () => {
  it('reports nothing about the metrics', async () => {
    const ran = await runTool('promtool', ['check', 'metrics'], { input: await scrape() });

    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('accepts the alert rules', async () => {
    const ran = await runTool('promtool', ['check', 'rules', 'prometheus/alerts.yaml']);

    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  });

  it('passes the tests of the alert rules', async () => {
    const ran = await runTool('promtool', ['test', 'rules', 'prometheus/alerts.test.yaml']);

    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  });

  it('understands every expression of the dashboard', async () => {
    const rules = expressions.map((expr, index) => ({ record: `panel:${index}`, expr }));
    const folder = await temporaryFolder();
    onTestFinished(() => folder[Symbol.asyncDispose]());
    const file = join(folder.path, 'panels.yaml');
    await writeFile(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }).replaceAll('$instance', '.*'));

    const ran = await runTool('promtool', ['check', 'rules', file]);

    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect(ran.stdout).toContain(`SUCCESS: ${rules.length} rules found`);
  });
});

const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

describe('the alerts', () => {
  it('each have a test that triggers them', async () => {
    const alerts = (await readRules()).flatMap(({ alert }) => alert ?? []);
    const tests = await readFile(join(DEPLOY, 'prometheus/alerts.test.yaml'), 'utf8');
    const fired = [...tests.matchAll(/alertname: (\w+)\n\s+exp_alerts:\n/g)].map(([, name]) => name);

    expect([...new Set(fired)].sort()).toEqual(alerts.sort());
  });

  it('each have a row in server/README.md that says what to do', async () => {
    const alerts = (await readRules()).flatMap(({ alert }) => alert ?? []);
    const readme = await readFile(join(ROOT, 'server/README.md'), 'utf8');
    const [, section = ''] = readme.split('\n## Alerts\n');
    const rows = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);

    expect(rows.sort()).toEqual(alerts.sort());
  });

  it('and the dashboard read only existing metrics', async () => {
    const text = await scrape();
    const exposed = new Set([
      'up', // Prometheus itself adds this.
      ...[...text.matchAll(/^([a-z_][\w:]*)[{ ]/gm)].map(([, name]) => name),
      // These exist on PostgreSQL only.
      'store_connections',
    ]);
    const recorded = new Set((await readRules()).flatMap(({ record }) => record ?? []));
    const read = [...(await readRules()).map(({ expr }) => expr), ...expressions].flatMap(metricsIn);

    expect(read.length).toBeGreaterThan(30);
    expect(read.filter((name) => !exposed.has(name) && !recorded.has(name))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('shows every metric that an alert reads', async () => {
    const shown = new Set(expressions.flatMap(metricsIn));
    const rules = await readRules();
    const recorded = new Map(rules.flatMap(({ record, expr }) => (record ? [[record, expr]] : [])));
    const read = rules
      .filter(({ alert }) => alert)
      .flatMap(({ expr }) => metricsIn(expr))
      .flatMap((name) => metricsIn(recorded.get(name) ?? `${name}{`));
    // These of Prometheus and of the process show whether, and since when, a server runs.
    const lifetimes = ['up', 'process_start_time_seconds'];

    expect(read).toContain('store_clock_skew_seconds');
    expect(read.filter((name) => !shown.has(name) && !lifetimes.includes(name))).toEqual([]);
  });

  it('has panels with IDs of their own that do not overlap', () => {
    const { panels } = dashboard;
    const overlapping = panels.filter(({ gridPos: a }, index) =>
      panels
        .slice(0, index)
        .some(({ gridPos: b }) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h),
    );

    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
    expect(overlapping.map(({ title }) => title)).toEqual([]);
  });
});

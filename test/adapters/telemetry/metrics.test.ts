import { expect } from 'chai';
import { createMetrics } from '../../../src/adapters/telemetry/metrics.ts';
import { metricDefinitions } from '../../../src/kernel/telemetry.ts';

describe('metrics', () => {
  it('exposes every defined metric, and the process', async () => {
    const text = await createMetrics().text();
    for (const name of Object.keys(metricDefinitions)) expect(text).to.contain(`# TYPE ${name} `);
    expect(text).to.contain('process_resident_memory_bytes');
  });

  it('counts, observes and gauges with labels', async () => {
    const metrics = createMetrics();
    metrics.count('keyledger_http_requests_total', { endpoint: 'a.b', status: '200' });
    metrics.count('keyledger_http_requests_total', { endpoint: 'a.b', status: '200' }, 2);
    metrics.observe('keyledger_http_request_seconds', 0.2, { endpoint: 'a.b' });
    metrics.gauge('keyledger_effects_pending', 7);
    const text = await metrics.text();
    expect(text).to.contain('keyledger_http_requests_total{endpoint="a.b",status="200"} 3');
    expect(text).to.contain('keyledger_http_request_seconds_bucket{le="0.25",endpoint="a.b"} 1');
    expect(text).to.contain('keyledger_effects_pending 7');
  });

  it('keeps two instances apart', async () => {
    const [one, two] = [createMetrics(), createMetrics()];
    one.gauge('keyledger_effects_pending', 7);
    expect(await two.text()).not.to.contain('keyledger_effects_pending 7');
  });

  it('refuses a metric of another kind', () => {
    expect(() => createMetrics().count('keyledger_effects_pending')).to.throw(
      'keyledger_effects_pending is no Counter',
    );
  });
});

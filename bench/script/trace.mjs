// What a page's trace says about our script: how long each of its tasks ran, and which layouts it forced.

/** Records a trace of the page while `act` runs; with `stacks` for {@link forced}, which slow everything down and are no good for {@link tasks}. */
export const record = async (session, act, stacks = false) => {
  const events = []
  const collect = ({ value }) => events.push(...value)
  session.on('Tracing.dataCollected', collect)
  const complete = new Promise((done) => session.once('Tracing.tracingComplete', done))
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['devtools.timeline', ...(stacks ? ['disabled-by-default-devtools.timeline', 'disabled-by-default-devtools.timeline.stack'] : [])] },
  })
  await act()
  await session.send('Tracing.end')
  await complete
  session.off('Tracing.dataCollected', collect)
  return events
}

const ofScript = (event, name) => {
  const { data, beginData } = event.args ?? {}
  const from = [data?.url, ...(data?.stackTrace ?? []).map(({ url }) => url), ...(beginData?.stackTrace ?? []).map(({ url }) => url)]
  return from.some((url) => url?.includes(name))
}

/**
 * Milliseconds of every evaluation of the script and call into it, in the order they came. Of processor time, to which the slowing down
 * belongs, but not what the thread waited for others of the machine.
 */
export const tasks = (events, name) =>
  events
    .filter((event) => ['EvaluateScript', 'FunctionCall', 'TimerFire', 'v8.compile'].includes(event.name) && event.tdur && ofScript(event, name))
    .sort((a, b) => a.ts - b.ts)
    .map((event) => event.tdur / 1000)

/** Layouts and style recalculations that a script of that name forced: those whose stack at their beginning names it. */
export const forced = (events, name) =>
  events.filter((event) => ['Layout', 'UpdateLayoutTree'].includes(event.name) && (event.args?.beginData?.stackTrace ?? event.args?.data?.stackTrace ?? []).some(({ url }) => url.includes(name)))

// What the service answers.

const HOUR = 3_600_000;

async function get(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

export const latest = () => get("api/latest");

export const lastHour = (channel) =>
  get(`api/history/${encodeURIComponent(channel)}?since=${Date.now() - HOUR}`);

/** Tells words that say what a task is about from words that any task may hold. Pure. */

const COMMON = new Set(
  `a an and are as at be been but by can could did do does for from had has have how if in into is it its just may more
  most must no not of off on one only or other our out over per should so some such than that the their them then there
  these they this those to up upon use used uses using via was we were what when where which while who will with without
  would yes you your about after all also any because before being between both each ever every here same too very
  add added adding adds change changed changes changing code create created creates creating delete done error errors
  fail failed failing fails failure failures file files fix fixed fixes fixing folder function functions gate gates get
  implement implements implemented improve line lines make makes making module modules move name names need needs new
  number old package path paths project remove removed removes rename repo repository result results run running runs
  set sets show shows src lib source step steps string stream sure task tasks test tests testing text todo type types
  update updated updates value values work working works write writes written expected received actual undefined null
  true false object nothing seen attempt attempts retry times output index main
  ts tsx js jsx mjs cjs py go rs md json yaml yml txt builders builder planners planner reviewers reviewer`
    .split(/\s+/)
    .filter(Boolean),
);

/** Whether a token (see `tokenize`) is worth counting as a feature that a pattern fits a task. */
export function isContentWord(token: string): boolean {
  if (COMMON.has(token) || /^\p{N}+$/u.test(token)) return false;
  return token.length >= 3 || /[^\p{ASCII}]{2}/u.test(token);
}

/** Ids that pleach gives to runs. Of another name, a branch of the form that ours have may be a person's. */
const GIVEN_ID = /^\d{8}-\d{6}-[\da-z]{4}$/;

export const isGivenId = (run: string): boolean => GIVEN_ID.test(run);

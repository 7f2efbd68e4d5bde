CREATE TABLE "scorers" (
	"rater" text PRIMARY KEY NOT NULL,
	"raters" jsonb NOT NULL,
	"prompts" jsonb NOT NULL
);

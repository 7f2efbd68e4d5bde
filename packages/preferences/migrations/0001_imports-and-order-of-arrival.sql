ALTER TABLE "imports" ADD COLUMN "fingerprint" text;--> statement-breakpoint
ALTER TABLE "imports" ADD COLUMN "remote" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "comparisons_project" ON "comparisons" USING btree ("project_id","seq");
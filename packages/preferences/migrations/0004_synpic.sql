CREATE TABLE "synpic_plans" (
	"name" text PRIMARY KEY NOT NULL,
	"config" jsonb NOT NULL,
	"planned_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "synpic_results" (
	"plan" text NOT NULL,
	"job" text NOT NULL,
	"kind" text NOT NULL,
	"source" text NOT NULL,
	"media" text,
	"score" double precision,
	"rater" text,
	"worker" text NOT NULL,
	"wall_seconds" double precision NOT NULL,
	"cpu_seconds" double precision NOT NULL,
	"opening_seconds" double precision NOT NULL,
	"finished_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "synpic_results_plan_job_pk" PRIMARY KEY("plan","job")
);
--> statement-breakpoint
ALTER TABLE "synpic_results" ADD CONSTRAINT "synpic_results_plan_synpic_plans_name_fk" FOREIGN KEY ("plan") REFERENCES "public"."synpic_plans"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "synpic_results_source" ON "synpic_results" USING btree ("plan","kind","source");
CREATE TABLE "verdict_rounds" (
	"project_id" text NOT NULL,
	"round" integer NOT NULL,
	"pairs" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "verdict_rounds_project_id_round_pk" PRIMARY KEY("project_id","round")
);
--> statement-breakpoint
ALTER TABLE "verdict_rounds" ADD CONSTRAINT "verdict_rounds_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;
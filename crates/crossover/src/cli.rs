//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::inputs::InputError;

/// Serverless, Kubernetes, or both? Decide with your own traffic, see why, and when the answer changes.
#[derive(Debug, Parser)]
#[command(
    name = "crossover",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 ok · 1 a --fail-on gate tripped · 2 usage or input · 3 no feasible placement · \
                  4 stale prices under --strict · 70 a bug of ours\n\n\
                  Works offline: no account, no key, no network, no telemetry."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,

    #[command(flatten)]
    pub global: Global,
}

/// Flags that every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Colour the output.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,

    /// Print only the answer.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Print more: every option tried, every line of the bills.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find the cheapest placement that meets the goals, and say why and when it changes.
    Plan(Plan),
    /// Explain a rule (CR012), where a component goes, or the whole answer; without a subject, list the rules.
    Explain(Explain),
    /// Say what an access log or a list of timestamps holds: rates, peaks, burstiness.
    Traffic(Traffic),
    /// The alternatives of a plan beside each other, a column each.
    Compare(Compare),
    /// What changed between two plans saved as JSON, and why.
    Diff(Diff),
    /// Write a plan as files that deploy it: Kubernetes, Knative, SAM, serverless.yml, Terraform.
    Emit(Emit),
    /// Play a component's load on Kubernetes and watch the autoscaler follow it.
    Rehearse(Rehearse),
    /// Look at the price catalogue.
    Prices(Prices),
    /// Compare the catalogue's limits with AWS service models.
    Limits(Limits),
    /// Write a commented crossover.yaml to start from.
    Init(Init),
    /// Print the JSON Schema of the input file or of the plan's JSON.
    Schema(Schema),
    /// Print a completion script for a shell.
    Completions(Completions),
}

/// `crossover plan`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    crossover plan                                    the app in this folder\n  \
    crossover plan shop.yaml --traffic access.log     with the traffic of a log\n  \
    crossover plan --format html -o report.html       a page with charts\n  \
    crossover plan --fail-on 'cost>500' --fail-on CR021   a gate for CI\n  \
    crossover plan --as-of 2019-12-31                 with the prices of that day")]
pub(crate) struct Plan {
    #[command(flatten)]
    pub asked: Asked,

    #[command(flatten)]
    pub output: Output,

    /// Exit with 1 if this holds: a rule's id that excluded something, `cost>500`, `p99>300ms`, `flip<2`.
    #[arg(long, value_name = "GATE")]
    pub fail_on: Vec<String>,
}

/// What a plan is made from and how.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// A definition (crossover.yaml, compose, Kubernetes, SAM, serverless.yml), several, or a folder with one;
    /// `-` reads standard input.
    #[arg(default_value = ".")]
    pub path: Vec<PathBuf>,

    /// A value on top of the files, such as `api.load=3M/month` or `api.memory=512MB`; may be repeated.
    #[arg(long, value_name = "COMPONENT.KEY=VALUE")]
    pub set: Vec<String>,

    /// Where to place it: `gcp/europe-west1`; several are compared, and `aws/*` is every region of a provider.
    #[arg(long, value_name = "PROVIDER/REGION", value_delimiter = ',')]
    pub region: Vec<String>,

    /// Access logs or CSV files of timestamps, routed to components by path prefix; may be repeated.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub traffic: Vec<PathBuf>,

    /// The share of requests that the traces hold: `0.1` for one in ten; what a trace itself says is used without it.
    #[arg(long, value_name = "SHARE", value_parser = sampling)]
    pub sampling: Option<f64>,

    /// Which requests of the traffic belong to a component: `api=/api`, `shop=//shop.example`; may be repeated.
    #[arg(long, value_name = "COMPONENT=RULE")]
    pub route: Vec<String>,

    #[command(flatten)]
    pub reading: LogReading,

    #[command(flatten)]
    pub prices: PriceDate,

    /// Where all randomness comes from: the same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Replay every request of the load's cycle, however many; without it, at most 200,000 a component.
    #[arg(long)]
    pub exact: bool,
}

/// How logs are to be read.
#[derive(Debug, Args, Default)]
pub(crate) struct LogReading {
    /// The logs' format as nginx (`log_format`), Apache (`LogFormat`) or Envoy has it, or `@nginx.conf:main`; found out if not given.
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,

    /// Count these requests without taking them for load: health checks, bots, static files.
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = ["static", "health", "bots"])]
    pub leave_out: Vec<String>,
}

/// Where and how to print.
#[derive(Debug, Args)]
pub(crate) struct Output {
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,

    /// Write to this file instead of standard output.
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
}

/// Which prices.
#[derive(Debug, Args)]
pub(crate) struct PriceDate {
    /// Use the prices in force on this day (YYYY-MM-DD); today if not given.
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,

    /// Refuse prices that were observed more than 180 days before that day.
    #[arg(long)]
    pub strict: bool,

    /// A price book laid over the catalogue: negotiated rates, newer prices, other currencies; may be repeated, the last wins.
    #[arg(long = "prices", value_name = "DIR")]
    pub books: Vec<PathBuf>,
}

/// Forms of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal.
    Table,
    /// For programs: versioned, with a published schema.
    Json,
    /// For a pull request or a decision record.
    Markdown,
    /// One self-contained page with charts.
    Html,
    /// An architecture decision record (MADR); of a plan only.
    Adr,
}

impl Format {
    /// For a terminal, a program or a pull request: what everything can be printed as.
    pub(crate) const PLAIN: [Self; 3] = [Self::Table, Self::Json, Self::Markdown];

    /// These, and a page with charts.
    pub(crate) const PAGE: [Self; 4] = [Self::Table, Self::Json, Self::Markdown, Self::Html];

    /// Refuses a form that `what` does not have.
    pub(crate) fn only(self, forms: &[Self], what: &str) -> anyhow::Result<()> {
        if forms.contains(&self) {
            return Ok(());
        }
        let names: Vec<String> = forms.iter().map(|form| form.name()).collect();
        let message = format!("{what} cannot be printed as {}", self.name());
        let hint = format!("write --format {}; a plan has every form", names.join(", "));
        Err(InputError::error(message, hint))
    }

    fn name(self) -> String {
        self.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
    }
}

/// `crossover compare`
#[derive(Debug, Args)]
pub(crate) struct Compare {
    #[command(flatten)]
    pub plan: Plan,
}

/// `crossover emit`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    crossover emit shop.yaml -o deploy                     the plan's own answer\n  \
    crossover emit shop.yaml --to kubernetes -o deploy     all of it on a cluster, sized by the same replay\n  \
    crossover emit shop.yaml --placement plan.json -o deploy   as a saved plan has it\n  \
    crossover emit shop.yaml -o deploy --dry-run           what would change there")]
pub(crate) struct Emit {
    #[command(flatten)]
    pub asked: Asked,

    /// Where each component goes: a plan made with `--format json`, or lines of `component: platform`.
    #[arg(long, value_name = "FILE")]
    pub placement: Option<PathBuf>,

    /// Carry all of it out in this way, whatever the plan would choose.
    #[arg(long, value_name = "TARGET", value_parser = targets())]
    pub to: Option<String>,

    /// How clients on the internet reach what stands on a cluster.
    #[arg(long, value_enum, default_value_t = Routes::Ingress)]
    pub routes: Routes,

    /// The folder to write to; made if it is not there.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,

    /// Write nothing; show what would change in the folder.
    #[arg(long)]
    pub dry_run: bool,

    /// Replace files that are there and differ.
    #[arg(long)]
    pub force: bool,
}

/// `--routes`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Routes {
    /// By an Ingress.
    Ingress,
    /// By the Gateway API: a Gateway with HTTPRoutes and GRPCRoutes.
    Gateway,
}

/// The names of the targets.
fn targets() -> clap::builder::PossibleValuesParser {
    emit::ALL.iter().map(|target| target.name()).collect::<Vec<_>>().into()
}

/// `crossover diff`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    crossover diff before.json after.json                       two plans made with --format json\n  \
    crossover diff main.json branch.json --format markdown      for a comment on a pull request\n  \
    crossover diff main.json branch.json --fail-on 'cost>10%' --fail-on verdict")]
pub(crate) struct Diff {
    /// The earlier plan, made with `crossover plan --format json`.
    pub before: PathBuf,

    /// The later plan.
    pub after: PathBuf,

    #[command(flatten)]
    pub output: Output,

    /// Exit with 1 if the cost grew by more than this (`cost>10%`, `cost>50`), a p99 passed a limit (`p99>300ms`) or grew (`p99>20%`), the
    /// load is this near to where the answer changes (`flip<1.5`), the answer is another one (`verdict`), or a component moved (`moved`).
    #[arg(long, value_name = "GATE")]
    pub fail_on: Vec<String>,

    /// Begin Markdown with a hidden marker of this name, by which the comment of an earlier run is found.
    #[arg(long, value_name = "NAME", value_parser = tag)]
    pub tag: Option<String>,

    /// Write nothing if neither cost nor places nor configurations changed.
    #[arg(long = "skip-no-diff")]
    pub only_changes: bool,
}

/// `crossover explain`
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A rule's id such as CR012, a component's name, or `answer` for the whole argument; nothing lists the rules.
    pub subject: Option<String>,

    /// The definition in which the component stands, in place of a path behind the subject.
    #[arg(long, value_name = "PATH")]
    pub app: Option<PathBuf>,

    #[command(flatten)]
    pub asked: Asked,
}

/// `crossover traffic`
#[derive(Debug, Args)]
pub(crate) struct Traffic {
    /// Log, CSV, trace or metrics files, plain, gzip or zstd; folders and patterns of them; `-` reads standard input.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,

    /// Route requests to the components of this definition.
    #[arg(long, value_name = "PATH")]
    pub app: Option<PathBuf>,

    /// Route requests by hand: `api=/api`, `shop=//shop.example`, `orders=POST /orders`, `cart=service:cart`.
    #[arg(long, value_name = "COMPONENT=RULE", conflicts_with = "app")]
    pub route: Vec<String>,

    #[command(flatten)]
    pub reading: LogReading,

    /// The share of requests that the traces hold: `0.1` for one in ten; what a trace itself says is used without it.
    #[arg(long, value_name = "SHARE", value_parser = sampling)]
    pub sampling: Option<f64>,
    /// Also write the requests to a compact trace file without anything personal, which can be committed and
    /// given wherever a log can: `load.xtrace`.
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,

    /// Growth a month to reckon with in the time ahead: `5%`.
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    pub growth: Option<String>,

    /// A planned event in the month ahead: name, day and hour (UTC), length, factor; may be repeated:
    /// `"Black Friday, fri 08:00, 6 h, 8x"`.
    #[arg(long, value_name = "EVENT")]
    pub event: Vec<String>,

    /// Where all randomness comes from: the same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    #[command(flatten)]
    pub output: Output,
}

fn tag(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let is = !text.is_empty() && text.chars().all(plain) && !text.contains("--");
    is.then(|| text.to_owned())
        .ok_or_else(|| format!("`{text}` is no tag: write letters, digits, `-`, `_`, `.` and `/`"))
}

fn sampling(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|s| *s > 0.0 && *s <= 1.0);
    share.ok_or_else(|| format!("`{text}` is no share: write a number above 0 and at most 1"))
}

/// `crossover rehearse`
#[derive(Debug, Args)]
#[command(after_help = "Settings:\n  \
    min, max            replicas at least and at most\n  \
    target              `70%` of the CPU request, or requests (messages) for each pod\n  \
    cpu, memory         of one pod: `250m`, `512 MB`\n  \
    concurrency         requests that one pod serves at once\n  \
    autoscaler          hpa, keda (workers), kpa (Knative)\n  \
    nodes               karpenter, cluster-autoscaler, fixed:3\n  \
    node, image         type of the nodes, size of the image\n  \
    stabilization       how long a scale-down waits; Knative: the stable window\n  \
    tolerance           how far from the target nothing happens: `10%`\n\n\
    Examples:\n  \
    crossover rehearse shop.yaml --component api\n  \
    crossover rehearse --traffic access.log --with min=2 target=60%\n  \
    crossover rehearse --compare min=5                    side by side, on the same requests\n  \
    crossover rehearse --with autoscaler=kpa --compare autoscaler=hpa")]
pub(crate) struct Rehearse {
    /// A definition, or manifests of a workload and its autoscaler: files, a folder, or `-` for standard input.
    #[arg(default_value = ".")]
    pub path: Vec<PathBuf>,

    /// A value on top of the files, such as `api.load=3M/month` or `api.memory=512MB`; may be repeated.
    #[arg(long, value_name = "COMPONENT.KEY=VALUE")]
    pub set: Vec<String>,

    /// The component; the busiest service or worker if not given.
    #[arg(long, value_name = "ID")]
    pub component: Option<String>,

    /// Access logs or CSV files, as for `plan`.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub traffic: Vec<PathBuf>,

    #[command(flatten)]
    pub reading: LogReading,

    /// How the component is configured.
    #[arg(long, value_name = "SETTING=VALUE", num_args = 1..)]
    pub with: Vec<String>,

    /// A second configuration on the same requests: what it has different from the first.
    #[arg(long, value_name = "SETTING=VALUE", num_args = 1..)]
    pub compare: Vec<String>,

    /// A second set of files to rehearse the same component of, on the same requests.
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with = "compare")]
    pub compare_with: Vec<PathBuf>,

    #[command(flatten)]
    pub output: Output,

    #[command(flatten)]
    pub prices: PriceDate,

    /// Where all randomness comes from: the same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// `crossover prices`
#[derive(Debug, Args)]
pub(crate) struct Prices {
    #[command(subcommand)]
    pub action: PricesAction,
}

/// What to do with prices.
#[derive(Debug, Subcommand)]
pub(crate) enum PricesAction {
    /// List price rows with unit, tiers, source and date.
    List {
        /// Only services whose name contains this, such as `lambda`.
        service: Option<String>,

        /// Only this region.
        #[arg(long)]
        region: Option<String>,

        #[command(flatten)]
        output: Output,

        #[command(flatten)]
        prices: PriceDate,
    },
    /// Check every row: source, age, hash, gaps between tiers, doubtful rows.
    #[command(
        after_help = "Shows the rows older than 180 days; -v shows every row. --strict ends with 4 if any is."
    )]
    Verify {
        #[command(flatten)]
        prices: PriceDate,

        #[command(flatten)]
        output: Output,
    },
    /// Read the providers' own price feeds: say what changes, and write a price book of it.
    Update(PricesUpdate),
}

/// `crossover prices update`
#[derive(Debug, Args)]
#[command(
    after_help = "Feeds: AWS Price List (JSON, CSV, GetProducts), AWS Spot Advisor, AWS Fargate Spot, Google Cloud \
    Billing catalogue, Azure Retail Prices; plain, gzip or zstd; told by their content.\n\n\
    Examples:\n  \
    crossover prices update ec2.json lambda.json          what would change\n  \
    crossover prices update ec2.json -o our-prices        and a book of it\n  \
    crossover plan shop.yaml --prices our-prices          a plan with those prices"
)]
pub(crate) struct PricesUpdate {
    /// Feed files, in any order; `-` reads standard input.
    #[arg(required = true)]
    pub feeds: Vec<PathBuf>,

    /// The folder of the book; what it holds already stays. Without it, nothing is written.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,

    /// Replace rows that the book has already.
    #[arg(long)]
    pub force: bool,

    /// The day on which the feeds were fetched (YYYY-MM-DD), if it is not the date that they carry.
    #[arg(long, value_name = "DATE")]
    pub observed: Option<String>,

    /// Compare with the prices in force on this day (YYYY-MM-DD); today if not given.
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,

    /// How to print what changes.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// `crossover limits`
#[derive(Debug, Args)]
pub(crate) struct Limits {
    #[command(subcommand)]
    pub action: LimitsAction,
}

/// What to do with limits.
#[derive(Debug, Subcommand)]
pub(crate) enum LimitsAction {
    /// Say which limits differ: between a model and the catalogue, or between two models of one service.
    #[command(after_help = "Examples:\n  \
        crossover limits diff lambda/service-2.json           the model against the catalogue\n  \
        crossover limits diff old.json new.json               two models of one service")]
    Diff {
        /// One or two AWS service models (botocore's service-2.json), plain, gzip or zstd.
        #[arg(required = true, num_args = 1..=2)]
        feeds: Vec<PathBuf>,

        /// Compare with the limits in force on this day (YYYY-MM-DD); today if not given.
        #[arg(long, value_name = "DATE")]
        as_of: Option<String>,
    },
    /// The same, and write what differs to a book for `--prices`.
    Update {
        /// AWS service models (botocore's service-2.json), plain, gzip or zstd.
        #[arg(required = true)]
        feeds: Vec<PathBuf>,

        /// The folder of the book; what it holds already stays. Without it, nothing is written.
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,

        /// Replace limits that the book has already.
        #[arg(long)]
        force: bool,

        /// The day on which the models were fetched (YYYY-MM-DD), from which the limits count; today if not given.
        #[arg(long, value_name = "DATE")]
        observed: Option<String>,
    },
}

/// `crossover init`
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Where to write it; `-` prints it.
    #[arg(default_value = "crossover.yaml")]
    pub path: PathBuf,

    /// Fill it from definitions that you have (compose, Kubernetes, SAM, serverless.yml): files or a folder,
    /// with the place that each value comes from.
    #[arg(long, value_name = "PATH", num_args = 1)]
    pub from: Vec<PathBuf>,

    /// Replace a file that is already there.
    #[arg(long)]
    pub force: bool,
}

/// `crossover schema`
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Which schema.
    #[arg(value_enum, default_value_t = SchemaOf::App)]
    pub of: SchemaOf,
}

/// Which schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// The input file, crossover.yaml.
    App,
    /// The output of `plan --format json`.
    Plan,
    /// The output of `traffic --format json`.
    Traffic,
}

/// `crossover completions`
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    pub shell: clap_complete::Shell,
}

//! The application, its load and the answer, free of any provider and any file.
//!
//! [`App`] is what a team has; [`Decision`] is what we tell them. Importers make the first, `decide` makes
//! the second from it, `report` prints it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod app;
mod autoscaler;
mod blueprint;
mod component;
mod container;
mod decision;
mod demand;
mod edge;
mod events;
mod evidence;
mod fact;
mod invoice;
mod load;
mod needs;
mod right;
mod secret;
mod settings;
mod steps;
mod table;
mod trigger;
mod warm_hours;

pub use app::{
    App, Assume, Availability, DISCOUNTED, Discount, ExistingCluster, KubernetesSkill, Network,
    Quotas, Team,
};
pub use autoscaler::{
    Autoscaler, Measured, ScaleMetric, ScalePolicy, ScaleRules, ScaleSelect, ScaleTarget,
    ScalerKind,
};
pub use blueprint::{Blueprint, Check, Place, Port, Probe, Protocol, Setting, Variable, Volume};
pub use component::{
    Architecture, Artifact, Component, DoorChoice, Engine, Kind, Package, Runtime, Slo, Start,
};
pub use container::{Container, Content, Held, MAIN_PART, Mount, Role, cloud_run_size};
pub use decision::{
    Accounting, AppSummary, Assumption, Chosen, Considered, CostRange, Decision, Flip,
    FlipVariable, InputFile, LeftOut, MachinePool, Measurement, OperatingCost, OptionTried,
    Outlook, Placement, PlatformId, Provenance, Reason, RegionTried, Verdict,
};
pub use demand::{Demand, Distribution};
pub use edge::{CallKind, Edge};
pub use events::Events;
pub use evidence::{
    Charts, CostCurve, DaySeries, LatencyCurve, LatencySummary, SloLine, WhatIf, WhatIfPoint,
    WhatIfWay,
};
pub use fact::{Fact, Origin, OriginKind};
pub use invoice::{Invoice, InvoiceLine};
pub use load::{Growth, Load, Shape};
pub use needs::{Need, Needs};
pub use right::{Allowed, Right};
pub use secret::is_secret;
pub use settings::{
    Beside, Billing, Configuration, FrontDoor, FunctionSettings, InstanceSettings, ManagedSettings,
    PodSettings, PodTarget, ServerSettings, Settings, Spill, TaskSettings, Workflow,
};
pub use steps::{Machine, Steps};
pub use table::{Attribute, AttributeType, Changes, Index, KeyPart, Projection, Table};
pub use trigger::{Pattern, Topic, Trigger};
pub use warm_hours::WarmHours;

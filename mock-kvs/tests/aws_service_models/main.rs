//! Every signaling operation of AWS's published service models, called with members that are valid,
//! missing, too long and ill-formed: the mock accepts and refuses as the model says, and answers in
//! its shapes. The cases are generated from the model, so a new member is covered by itself.

mod cases;
mod model;
mod outputs;
mod sample;
#[path = "../support/mod.rs"]
mod support;
mod world;

use cases::{Case, Expect};
use model::{Model, Operation};
use support::Answer;
use world::World;

#[test]
fn accepts_and_refuses_as_the_models_say() {
    let models = match model::published() {
        Ok(models) => models,
        Err(reason) => return eprintln!("SKIPPED: {reason}"),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let (mut count, mut wrong) = (0, Vec::new());
    for model in &models {
        for operation in model.signaling_operations() {
            let cases = runtime.block_on(async {
                let world = World::new().await;
                cases::of(model, &operation, &world)
            });
            println!("{:40} {:4} cases", operation.name, cases.len());
            count += cases.len();
            for case in cases {
                let (case, answer) = runtime.block_on(async {
                    // A fresh world each time: the same values are valid in it, from the same seed.
                    let answer = World::new().await.call(&operation.path, &case.body).await;
                    (case, answer)
                });
                if let Err(problem) = judge(model, &operation, &case, &answer) {
                    wrong.push(format!("{} {}: {problem}", operation.name, case.what));
                }
            }
        }
    }
    println!("{count} cases from {} models", models.len());
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 500, "the models have become small: {count} cases");
}

fn judge(model: &Model, operation: &Operation, case: &Case, answer: &Answer) -> Result<(), String> {
    let found = format!("{} {} {}", answer.status, answer.error(), answer.body);
    // How AWS words what a model's constraint forbids; other refusals have other reasons.
    let violates = answer.body.contains("1 validation error detected");
    match case.expect {
        Expect::Accepted if answer.status != 200 => Err(format!("not accepted: {found}")),
        Expect::WellFormed if violates => Err(format!("the model allows it: {found}")),
        Expect::Violates if !violates => Err(format!("the model forbids it: {found}")),
        Expect::Violates if answer.error() != "InvalidArgumentException" => {
            Err(format!("an InvalidArgumentException was due: {found}"))
        }
        Expect::TooMany if answer.status == 200 => Err(format!("the model forbids it: {found}")),
        Expect::NotOfItsType if answer.error() != "SerializationException" => {
            Err(format!("a SerializationException was due: {found}"))
        }
        Expect::NotOfItsType if answer.status != 400 => Err(format!("400 was due: {found}")),
        Expect::NotOfItsType => Ok(()),
        Expect::Accepted | Expect::WellFormed | Expect::Violates | Expect::TooMany => {
            outputs::check(model, operation, answer)
                .map_err(|problem| format!("{problem}: {found}"))
        }
    }
}

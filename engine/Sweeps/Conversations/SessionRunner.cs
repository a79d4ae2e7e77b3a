using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Trials;
using MemoryWall.Sweeps.Sessions;
using MemoryWall.Sweeps.Strategies;
using MemoryWall.Sweeps.Trials;

namespace MemoryWall.Sweeps.Conversations;

/// <summary>Runs a level: one load, then all turns of all users, each of which becomes a trial.</summary>
/// <param name="environment">What all trials of the run share.</param>
/// <param name="restart">Restarts a target that has ended.</param>
internal sealed class SessionRunner(TrialEnvironment environment, Func<CancellationToken, Task<RestartResult?>> restart) : IStepRunner
{
    private const int WarmupTokens = 256;

    private readonly SweepPlan _plan = environment.Plan;
    private readonly SessionPlan _sessions = environment.Plan.Sessions!;
    private readonly string _textKey = environment.Plan.Sessions!.TextKey ?? TextKeys.CreateTextKey();

    // A target that takes ids computes exactly the planned tokens, and goes on with exactly those that it generated.
    private bool AsIds => environment.Prompts.HasTokenIds && environment.TakesTokenIds && _plan.PromptAs != PromptForm.Text;

    public async IAsyncEnumerable<MeasuredTrial> RunAsync(SweepStep step, int firstNumber, bool afterRestart,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        environment.Observer.PhaseStarted(Phase.Load);
        var window = _plan.WindowRule.WindowFor(_plan.Contexts.Max(context => context.Value));
        var load = await environment.LoadAsync(window, cancellation).ConfigureAwait(false);
        var level = new LevelContext
        {
            Sessions = _sessions,
            Users = step.Concurrency,
            Repetition = step.Repetition,
            WindowTokens = window,
            FirstNumber = firstNumber,
            AfterRestart = afterRestart,
            Restart = restart,
        };
        var trials = Channel.CreateUnbounded<MeasuredTrial>(new UnboundedChannelOptions { SingleReader = true });
        var running = Task.Run(async () =>
        {
            using var server = new LevelServer(environment, level, load, trials.Writer);
            try
            {
                await WarmUpAsync(server, cancellation).ConfigureAwait(false);
                server.RestartClock();
                await CreateSchedule(step).RunAsync(server, cancellation).ConfigureAwait(false);
            }
            finally
            {
                trials.Writer.Complete();
            }
        }, CancellationToken.None);
        await foreach (var trial in trials.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            yield return trial;
        await running.ConfigureAwait(false);
    }

    public IEnumerable<MeasuredTrial> CreateUnreachableTrials(SweepStep step, int firstNumber, Outcome problem) =>
        ListPlaces(step).Select((place, index) => new MeasuredTrial(
            TrialBuilder.Build(
                new TrialRequest
                {
                    Step = new SweepStep(place.PromptTokens, step.Repetition, step.Concurrency),
                    Number = firstNumber + index,
                    Stream = place.Place.User,
                    OutputTokens = _plan.OutputTokens,
                    WindowTokens = _plan.WindowRule.WindowFor(step.ContextTokens),
                    Method = SweepMethod.Session,
                    Problem = problem,
                }, load: null, report: null) with
            {
                Session = new SessionTurn
                {
                    Users = step.Concurrency,
                    User = place.Place.User,
                    Turn = place.Place.Turn,
                    KnownTokens = 0,
                },
            }, []));

    private IEnumerable<(TracePlace Place, int PromptTokens)> ListPlaces(SweepStep step)
    {
        if (ReadTrace() is { } trace)
            return TraceConversations.Find(trace).Zip(trace.Requests, (place, request) => (place, request.InputTokens));
        return from turn in Enumerable.Range(1, _sessions.Turns)
               from user in Enumerable.Range(1, step.Concurrency)
               select (new TracePlace(user, turn), (int)_sessions.CountPromptTokens(turn, _plan.OutputTokens));
    }

    private ISessionSchedule CreateSchedule(SweepStep step)
    {
        var texts = environment.Prompts.CreateConversationTexts()
            ?? throw new InvalidOperationException("conversations are made of words, and preflight has found none");
        var keys = new TextKeys(_textKey,
            FormattableString.Invariant($"users {step.Concurrency} repetition {step.Repetition} attempt {step.EarlierAttempts}"));
        if (ReadTrace() is { } trace)
            return new TraceSchedule(trace, texts, keys, AsIds);
        return new TurnSchedule(_sessions, _plan.OutputTokens,
            TurnSchedule.CreateUsers(texts, keys, _sessions, step.Concurrency, AsIds),
            SplitMix64.FromPair(_plan.Seed, step.Concurrency * 1000 + step.Repetition));
    }

    private ScaledTrace? ReadTrace() => _sessions.Trace is { } trace ? ScaledTrace.Read(trace) : null;

    private async Task WarmUpAsync(LevelServer server, CancellationToken cancellation)
    {
        var tokens = Math.Max(environment.Prompts.MinimumTokens, Math.Min(WarmupTokens, _plan.Contexts.Max(context => context.Value)));
        for (var warmup = 0; warmup < _plan.Warmups && !cancellation.IsCancellationRequested; warmup++)
        {
            var built = await environment.Prompts.BuildAsync(tokens, warmup, nonce: null, CancellationToken.None).ConfigureAwait(false);
            if (built.Prompt is { } prompt)
                await server.WarmUpAsync(AsIds ? prompt : prompt with { TokenIds = null }, _plan.OutputTokens, cancellation)
                    .ConfigureAwait(false);
        }
    }
}

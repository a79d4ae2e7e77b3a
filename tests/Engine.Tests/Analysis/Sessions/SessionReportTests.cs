using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Analysis.Sessions;

public sealed class SessionReportTests
{
    // Computing takes 1 s for each 1,024 tokens.
    private static double Slow(int user, int turn) => turn + 0.01 * user;

    private static double Fast(int user, int turn) => turn == 1 ? 1 + 0.01 * user : 0.25 + 0.002 * user;

    [Fact]
    public void Create_OneSystem_TimesByTurnAndReuse()
    {
        var report = SessionReport.Create([SessionSamples.Report("tier", 3, SessionSamples.Level(4, 3, Fast, isLoaded: true))]);
        var level = Assert.Single(Assert.Single(report.Systems).Levels);

        Assert.Equal((4, 1, 0), (level.Users, level.Repetitions, level.Incomplete));
        Assert.Equal([1, 2, 3], level.Turns.Select(turn => turn.Turn));
        Assert.Equal([1024, 2048, 3072], level.Turns.Select(turn => turn.MaxTokens));
        Assert.Equal([1.025, 0.255, 0.255], level.Turns.Select(turn => Math.Round(turn.TtftP50!.Value, 6)));
        Assert.Equal(1, level.All.ReuseShare);
        Assert.Null(level.Turns[0].ReuseShare);
        Assert.Equal(4 * (1024 + 2048), level.All.StorageTokens);
        Assert.Null(level.All.RamTokens);
        Assert.Equal(1000L * 4 * (1024 + 2048), level.All.StorageBytes);
        Assert.Equal(1e8, level.All.LoadBytesPerSecond!.Value, 1);
        Assert.Equal(12, level.Evictions);
        Assert.Equal(8, level.Returning!.Requests);
        // 12 requests in 1,100 s and the last answer.
        Assert.Equal(12 / (1100 + Fast(4, 3) + 0.805), level.RequestsPerSecond!.Value, 4);
    }

    // 1 MB in 10 ms and 3 MB in 30 ms; the third turn is computed.
    [Fact]
    public void Create_CopiesInMemory_HaveTheBandwidthOfAllOfThem()
    {
        (long? Bytes, double? Seconds)[] copies = [(1_000_000, 0.010), (3_000_000, 0.030), (0, null)];
        var trials = SessionSamples.Level(1, 3, Fast).Zip(copies, (trial, copy) => trial with
        {
            Session = trial.Session! with
            {
                RamBytes = copy.Bytes,
                RamTime = copy.Seconds is { } took ? TimeSpan.FromSeconds(took) : null,
            },
        });
        var system = SessionReport.Create([SessionSamples.Report("ram", 3, [.. trials])]).Systems[0];

        Assert.Equal(1e8, system.RamBytesPerSecond!.Value, 3);
        Assert.Null(system.Levels[0].Turns[2].RamBytesPerSecond);
        Assert.Null(SessionReport.Create([SessionSamples.Report("x", 3, SessionSamples.Level(1, 3, Fast))]).Systems[0].RamBytesPerSecond);
    }

    [Fact]
    public void Create_ARunAloneWithoutAName_HasThatOfItsServer()
    {
        var run = SessionSamples.Run("x", 3, SessionSamples.Level(4, 3, Fast));
        var manifest = run.Manifest with { Plan = run.Manifest.Plan with { System = null } };

        var report = SessionReport.Create([RunReport.Create(run with { Manifest = manifest })]);

        Assert.Equal(manifest.Target!.Kind, Assert.Single(report.Systems).Name);
    }

    [Fact]
    public void Create_CacheThatIsNotReported_IsAbsent()
    {
        var trials = SessionSamples.Level(2, 2, Slow).Select(trial => trial with
        {
            CachedPromptTokens = null,
            Session = trial.Session! with { Evictions = null },
        });
        var level = SessionReport.Create([SessionSamples.Report("x", 2, [.. trials])]).Systems[0].Levels[0];

        Assert.Null(level.All.ReuseShare);
        Assert.Null(level.All.ComputedTokens);
        Assert.Null(level.Evictions);
        Assert.Null(level.SavedBytes);
        Assert.DoesNotContain(SessionTables.Create(SessionReport.Create([SessionSamples.Report("x", 2, [.. trials])])).Columns,
            column => column.Header is "reused" or "dropped" or "written" or "failed");
    }

    // A stop in the second turn; the level began anew.
    [Fact]
    public void Create_AnInterruptedAttempt_DoesNotCount()
    {
        var torn = SessionSamples.Level(4, 3, (_, _) => 50).Take(6);
        var report = SessionReport.Create([SessionSamples.Report("tier", 3, [.. torn, .. SessionSamples.Level(4, 3, Fast, first: 7)])]);
        var level = report.Systems[0].Levels[0];

        Assert.Equal(12, level.All.Requests);
        Assert.Equal(7, level.All.Trials[0]);
        Assert.True(level.All.TtftP95!.Value < 2);
        Assert.Equal(0, level.Incomplete);
    }

    // Ctrl-C while two of the last turns run: the attempt did not try every turn, and nothing failed.
    [Fact]
    public void Create_TurnsThatTheUserStopped_AreCancelledAndEnterNoTime()
    {
        var trials = SessionSamples.Level(4, 3, Fast)
            .Select(trial => trial.Number > 10 ? trial with { Outcome = new Cancelled() } : trial).ToList();
        var report = SessionReport.Create([SessionSamples.Report("tier", 3, trials)]);
        var level = report.Systems[0].Levels[0];

        Assert.Equal((12, 0, 2, 1), (level.All.Requests, level.All.Failed, level.All.Cancelled, level.Incomplete));
        var last = level.Turns[2];
        Assert.Equal((2, (Fast(1, 3) + Fast(2, 3)) / 2), (last.Cancelled, Math.Round(last.TtftP50!.Value, 9)));
        var table = SessionTables.Create(report);
        Assert.Contains(table.Columns, column => column.Header == "cancelled");
        Assert.DoesNotContain(table.Columns, column => column.Header == "failed");
        Assert.Contains("With 4 users 2 turns of tier ended when the user stopped the run, and no time counts them.",
            SessionPhrases.Format(report));
    }

    [Fact]
    public void Create_AnAttemptThatNeverEnded_IsNamed()
    {
        var report = SessionReport.Create([SessionSamples.Report("tier", 3, [.. SessionSamples.Level(4, 3, Fast).Take(6)])]);

        Assert.Equal(1, report.Systems[0].Levels[0].Incomplete);
        Assert.Contains(SessionPhrases.Format(report),
            line => line.Contains("did not try every turn in 1 repetition of 1", StringComparison.Ordinal));
    }

    [Fact]
    public void Create_TwoSystems_AGainWithItsInterval()
    {
        var report = SessionSamples.Compare(SessionSamples.Level(8, 4, Slow), SessionSamples.Level(8, 4, Fast, isLoaded: true), 4);

        Assert.Equal("recompute", report.Baseline);
        Assert.Equal([null, 2, 3, 4], report.Gains.Select(gain => gain.Turn));
        var longest = report.Gains[^1];
        Assert.Equal(RatioVerdict.Higher, longest.Finding.Verdict);
        Assert.InRange(longest.Finding.Ratio.Value, 14, 17);
        Assert.Equal(IntervalKind.Confidence, longest.TtftSeconds.Kind);
        var sentence = SessionPhrases.Format(report)[0];
        Assert.StartsWith("With 8 users at 4,096 tokens a returning turn waits 259 ms (", sentence, StringComparison.Ordinal);
        Assert.Contains(" with tier instead of 4.0", sentence, StringComparison.Ordinal);
        Assert.Contains(" times as soon (", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_ALoss_IsSaidAsPlainly()
    {
        var report = SessionSamples.Compare(SessionSamples.Level(8, 2, (user, _) => 0.2 + 0.001 * user),
            SessionSamples.Level(8, 2, (user, turn) => turn == 1 ? 0.2 : 0.8 + 0.001 * user, isLoaded: true), 2);

        Assert.Equal(RatioVerdict.Lower, report.Gains[^1].Finding.Verdict);
        Assert.Contains(SessionPhrases.Format(report), line => line.Contains(" with tier instead of ", StringComparison.Ordinal)
            && line.Contains(" times as long (", StringComparison.Ordinal));
    }

    [Fact]
    public void Create_FewPairs_NoVerdict()
    {
        var report = SessionSamples.Compare(SessionSamples.Level(1, 3, Slow), SessionSamples.Level(1, 3, Fast, isLoaded: true), 3);

        Assert.All(report.Gains, gain => Assert.Equal(RatioVerdict.TooFew, gain.Finding.Verdict));
        Assert.Contains("4 more pairs of turns would show", SessionPhrases.Format(report)[0], StringComparison.Ordinal);
    }

    // Systems that ran one after the other must differ by more than the machine alone can make.
    [Fact]
    public void Create_SystemsWithoutTurns_ASmallGainNamesWhyItIsNone()
    {
        var report = SessionSamples.Compare(SessionSamples.Level(8, 3, (_, turn) => 1.5 * turn),
            SessionSamples.Level(8, 3, (_, turn) => turn), 3);

        Assert.Equal(RatioVerdict.NoDifferenceShown, report.Gains[^1].Finding.Verdict);
        Assert.EndsWith(" times that the machine alone can make, because the systems did not take turns, as with --repetitions 2.",
            SessionPhrases.Format(report)[0], StringComparison.Ordinal);
    }

    // The same server twice, with noise of single turns and a state of the machine for each system.
    [Fact]
    public void Create_EqualSystems_NoDifferenceIsFound()
    {
        var random = new Random(5);
        var found = 0;
        for (var round = 0; round < 60; round++)
        {
            var (first, second) = (1 + random.NextDouble(), 1 + random.NextDouble());
            double Noisy(double state, int turn) => state * turn * Math.Exp(0.2 * (random.NextDouble() - 0.5));
            var report = SessionSamples.Compare(SessionSamples.Level(8, 3, (_, turn) => Noisy(first, turn)),
                SessionSamples.Level(8, 3, (_, turn) => Noisy(second, turn)), 3);
            found += report.Gains.Any(gain => gain.Finding.IsDifference) ? 1 : 0;
        }

        Assert.InRange(found, 0, 3);
    }

    [Theory]
    [InlineData(1e8, "tier loaded at 95.4 MiB/s, which gains time at every measured context")]
    [InlineData(5e5, "tier loaded at 488 KiB/s, which loses time at every measured context")]
    public void BreakEven_BesideTheMeasuredStorage(double bytesPerSecond, string expected)
    {
        var tier = SessionSamples.Level(4, 3, Fast, isLoaded: true).Select(trial => trial.Tier is not { } use ? trial : trial with
        {
            Tier = use with { Resume = TimeSpan.FromSeconds(use.StateBytes!.Value / bytesPerSecond) },
        });
        var report = SessionSamples.Compare(SessionSamples.Level(4, 3, Slow), [.. tier], 3);

        // Neither run tells its model's shape; the tier's loads say 1,000 bytes a token, and the times are those of the other system.
        Assert.Equal(1000, report.Systems[1].BytesPerToken!.Value, 6);
        Assert.Equal(3, report.BreakEvens.Count);
        Assert.Equal(1024 * 1000 / (1.025 - 0.125), report.BreakEvens[0].BytesPerSecond, 0);
        Assert.Contains(SessionPhrases.Format(report), line => line.Contains(expected, StringComparison.Ordinal));
        Assert.NotNull(SessionTables.CreateBreakEven(report));
    }

    [Fact]
    public void Answers_AreComparedTurnByTurn()
    {
        Trial Answer(Trial trial, string hash) => trial with { Session = trial.Session! with { AnswerSha256 = hash } };
        var recompute = SessionSamples.Level(2, 2, Slow).Select(trial => Answer(trial, $"{trial.Stream}/{trial.ContextTokens}")).ToList();
        var equal = SessionSamples.Compare(recompute, recompute, 2);
        var other = SessionSamples.Compare(recompute, [recompute[0], recompute[1], recompute[2], Answer(recompute[3], "x")], 2);

        Assert.Equal(new AnswerAgreement("tier", "recompute", 4, 4, null) { IsOneServer = true }, Assert.Single(equal.Answers));
        Assert.Equal(new AnswerAgreement("tier", "recompute", 4, 3, 4) { IsOneServer = true }, Assert.Single(other.Answers));
        // Answers to other texts are not compared.
        Assert.Empty(SessionSamples.Compare(recompute, [.. recompute.Select(trial => trial with { Nonce = "other" })], 2).Answers);
        Assert.Contains(SessionPhrases.Format(other), line => line.StartsWith("1 of 4 answers of tier are not those of recompute",
            StringComparison.Ordinal));
        Assert.Empty(SessionSamples.Compare(SessionSamples.Level(2, 2, Slow), SessionSamples.Level(2, 2, Slow), 2).Answers);
    }

    // What is about single contexts says nothing about turns that share a server and its cache.
    [Fact]
    public void RunReport_OfConversations_HasNoContextsAndNoDoubts()
    {
        var run = SessionSamples.Report("tier", 3, SessionSamples.Level(4, 3, Fast, isLoaded: true));

        Assert.Empty(run.Contexts);
        Assert.Empty(run.Crossovers);
        Assert.Empty(run.ConcurrencySummaries);
        Assert.Empty(run.ResumeGains);
        Assert.Empty(run.Wall.Regimes);
        Assert.Null(run.Wall.BeyondTokens);
        Assert.All(run.Trials, view => Assert.NotNull(view.Ttft));
        Assert.DoesNotContain(run.Trials.SelectMany(view => view.Doubts), doubt => doubt.Kind.Length > 0);
        Assert.Equal(["CompletionVerdict", "IntentVerdict"], run.Verdicts.Select(verdict => verdict.GetType().Name));
        Assert.True(SessionReport.IsFor(run));
    }

    // A turn may wait for a conversation that leaves the server, and may find nothing in the cache.
    [Fact]
    public void Review_WhatConversationsDo_IsNoDoubt()
    {
        var trials = SessionSamples.Level(2, 3, Fast, isLoaded: true).ToList();
        trials[4] = SessionSamples.Computed(5, 2, 1, 3, 9) with { Server = trials[4].Server };
        var run = SessionSamples.Report("tier", 3, trials);

        Assert.All(run.Trials, view => Assert.Empty(view.Doubts));
    }

    [Fact]
    public void Waits_OfARecordedUser_CountFromWhenTheRequestWasDue()
    {
        var run = SessionSamples.Run("tier", 1, SessionSamples.Level(1, 2, (_, _) => 1));
        var plan = run.Manifest.Plan.Sessions! with { Trace = new() { Path = "t", Sha256 = "", Requests = 2 } };
        // Sent 100 s apart, and due 40 s apart.
        var trials = run.Trials.Select((trial, place) => trial with
        {
            Session = trial.Session! with { Due = TimeSpan.FromSeconds(40 * place) },
        }).ToList();
        var views = SessionReport.Create([MemoryWall.Analysis.Reports.RunReport.Create(run with
        {
            Trials = trials,
            Manifest = run.Manifest with { Plan = run.Manifest.Plan with { Sessions = plan } },
        })]);

        Assert.Equal(61, views.Systems[0].Levels[0].Turns[1].TtftP50!.Value, 6);
        Assert.True(views.IsTrace);
    }
}

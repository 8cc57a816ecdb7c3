using System.Globalization;
using System.Text.RegularExpressions;
using Cortex.Core.Backup;
using Cortex.Core.Tests.Builders;

namespace Cortex.Core.Tests.Backup;

/// <summary>A line means what it means in a CronJob, in every time zone, and what is no line is refused with the field.</summary>
public sealed class CronLineTests
{
    private static readonly DateTimeOffset Start = Moment("2026-01-01T00:00Z");

    private static readonly DateTimeOffset[] Nights =
        [Moment("2026-03-28T22:00Z"), Moment("2026-10-24T22:00Z"), Moment("2026-12-31T20:00Z")];

    /// <summary>As <c>Europe/Berlin</c> is in 2026, so that the test needs no files of the machine.</summary>
    private static readonly TimeZoneInfo Berlin = Zone(new(2026, 3, 29), new(2026, 10, 25));

    [Theory]
    [InlineData("0 2 * * 0", "2026-01-04T02:00Z 2026-01-11T02:00Z")]
    [InlineData("0 2 * * SUN", "2026-01-04T02:00Z 2026-01-11T02:00Z")]
    [InlineData("0 2 * * 7", "2026-01-04T02:00Z 2026-01-11T02:00Z")]
    [InlineData("30  02 * * mon-fri", "2026-01-01T02:30Z 2026-01-02T02:30Z 2026-01-05T02:30Z")]
    [InlineData("*/20 8-9 1 jan ?", "2026-01-01T08:00Z 2026-01-01T08:20Z 2026-01-01T08:40Z 2026-01-01T09:00Z")]
    [InlineData("5/25,59 0 * * *", "2026-01-01T00:05Z 2026-01-01T00:30Z 2026-01-01T00:55Z 2026-01-01T00:59Z 2026-01-02T00:05Z")]
    [InlineData("0 0 29 2 *", "2028-02-29T00:00Z 2032-02-29T00:00Z")]
    [InlineData("@daily", "2026-01-02T00:00Z 2026-01-03T00:00Z")]
    [InlineData("@Weekly", "2026-01-04T00:00Z 2026-01-11T00:00Z")]
    public void A_line_has_its_times(string text, string times)
    {
        var (line, at) = (Read(text), Start);
        foreach (var time in times.Split(' ').Select(Moment))
        {
            Assert.Equal(time, line.Next(at, TimeZoneInfo.Utc));
            Assert.Equal(time, line.Last(at, time, TimeZoneInfo.Utc));
            at = time;
        }
    }

    /// <summary>The 13th and every Friday, as crontab(5) says; a step is a limit, too.</summary>
    [Theory]
    [InlineData("0 0 13 * 5", "2026-01-02 2026-01-09 2026-01-13 2026-01-16")]
    [InlineData("0 0 13 * *", "2026-01-13 2026-02-13")]
    [InlineData("0 0 */10 * 6", "2026-01-03 2026-01-10 2026-01-11 2026-01-17 2026-01-21")]
    [InlineData("0 0 30 2 1", "2026-02-02 2026-02-09")]
    public void Of_two_limited_days_one_is_enough(string text, string days)
    {
        var (line, at) = (Read(text), Start);
        foreach (var day in days.Split(' ').Select(part => Moment($"{part}T00:00Z")))
        {
            Assert.Equal(day, line.Next(at, TimeZoneInfo.Utc));
            Assert.Equal(day, line.Last(Start, day.AddMinutes(1), TimeZoneInfo.Utc));
            at = day;
        }
    }

    /// <summary>On March 29 the clock goes from 2 to 3, on October 25 from 3 to 2.</summary>
    [Theory]
    [InlineData("30 2 * * *", "2026-03-28T03:00Z", "2026-03-29T01:00Z 2026-03-30T00:30Z")]
    [InlineData("30 2 * * *", "2026-10-24T12:00Z", "2026-10-25T00:30Z 2026-10-26T01:30Z")]
    [InlineData("0 * * * *", "2026-10-24T23:30Z", "2026-10-25T00:00Z 2026-10-25T01:00Z 2026-10-25T02:00Z")]
    [InlineData("0 * * * *", "2026-03-28T23:30Z", "2026-03-29T00:00Z 2026-03-29T01:00Z 2026-03-29T02:00Z")]
    public void A_skipped_time_comes_when_the_clock_was_set_and_a_repeated_one_comes_once(string text, string after, string times)
    {
        var (line, at) = (Read(text), Moment(after));
        foreach (var time in times.Split(' ').Select(Moment))
        {
            Assert.Equal(time, line.Next(at, Berlin));
            Assert.Equal(time, line.Last(time.AddYears(-1), time.AddSeconds(1), Berlin));
            at = time;
        }
    }

    /// <summary>Whether a backup is due and when the next one is are two questions with one answer.</summary>
    [Theory]
    [InlineData("* * * * *")]
    [InlineData("*/7 1-3 * * *")]
    [InlineData("15,45 2 * 3,10 0")]
    [InlineData("0 2,3 25-31 * sun")]
    public void Looking_back_finds_what_looking_ahead_finds(string text)
    {
        var line = Read(text);
        foreach (var begin in Nights)
        {
            DateTimeOffset? last = null;
            for (var now = begin; now < begin.AddHours(8); now = now.AddSeconds(30))
            {
                while (line.Next(last ?? begin, Berlin) is { } next && next <= now)
                {
                    last = next;
                }

                Assert.Equal(last, line.Last(begin, now, Berlin));
            }
        }

        Assert.Null(line.Last(Start, Start, Berlin));
    }

    [Theory]
    [InlineData("61 * * * *", "the minute \"61\" must be")]
    [InlineData("0 24 * * *", "the hour \"24\" must be")]
    [InlineData("0 2 0 * *", "the day of the month \"0\" must be")]
    [InlineData("0 2 L * *", "the day of the month \"L\" must be")]
    [InlineData("0 2 * 13 *", "the month \"13\" must be")]
    [InlineData("0 2 * * 8", "the day of the week \"8\" must be")]
    [InlineData("0 2 * * 6#1", "the day of the week \"6#1\" must be")]
    [InlineData("*/0 * * * *", "the minute \"*/0\" must be")]
    [InlineData("H * * * *", "the minute \"H\" must be")]
    [InlineData("*/60 * * * *", "Minutes")]
    [InlineData("0 2 * *", "five fields are needed")]
    [InlineData("0 0 2 * * *", "five fields are needed")]
    [InlineData("TZ=UTC 0 2 * * *", "five fields are needed")]
    [InlineData("0 2 * * 0\n", "five fields are needed")]
    [InlineData("", "five fields are needed")]
    [InlineData("@reboot", "it must be @hourly")]
    [InlineData("@every_second", "it must be @hourly")]
    [InlineData("0 0 30 2 *", "this date never occurs")]
    public void What_is_no_line_is_refused_with_its_field(string text, string why)
    {
        var (line, problem) = CronLine.Read(text);

        Assert.Null(line);
        Assert.Contains(why, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_definition_checks_the_form_of_every_line()
    {
        var text = File.ReadAllText(Repository.Path("crds/cortexclusters.yaml"));

        Assert.Equal(
            BackupSchedule.Types.Count + 1,
            Regex.Count(text, $"- rule: \"self.matches\\('{Regex.Escape(CronLine.Pattern)}'\\)\""));
    }

    /// <summary>Of texts that look like lines: what has the form of one can be read, or has a problem that no form can express.</summary>
    [Fact]
    public void Every_text_with_the_form_of_a_line_is_read_or_refused_with_a_reason()
    {
        string[] words =
        [
            "*", "?", "0", "7", "09", "31", "*/2", "1-5", "5-1", "1-5/2", "0/15", "1,3-4,6", "feb", "sat-mon", "60", "-", "*,1",
        ];
        var form = new Regex(CronLine.Pattern, RegexOptions.NonBacktracking);
        var random = new Random(1);
        for (var count = 0; count < 3000; count++)
        {
            var text = string.Join(' ', Enumerable.Range(0, 5).Select(_ => words[random.Next(words.Length)]));
            var (line, problem) = CronLine.Read(text);
            Assert.True(line is null == problem is not null);
            Assert.True(line is null || form.IsMatch(text), text);
            var isOfForm = problem?.Contains(" must be *, or ", StringComparison.Ordinal) == true;
            Assert.False(form.IsMatch(text) && isOfForm, $"{text}: {problem}");
        }
    }

    private static CronLine Read(string text)
    {
        var (line, problem) = CronLine.Read(text);
        Assert.True(line is not null, problem);
        return line;
    }

    private static DateTimeOffset Moment(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static TimeZoneInfo Zone(DateTime summer, DateTime winter) => TimeZoneInfo.CreateCustomTimeZone(
        "Test/Berlin",
        TimeSpan.FromHours(1),
        null,
        null,
        null,
        [
            TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(
                new DateTime(summer.Year, 1, 1),
                new DateTime(summer.Year, 12, 31),
                TimeSpan.FromHours(1),
                TimeZoneInfo.TransitionTime.CreateFixedDateRule(new DateTime(1, 1, 1, 2, 0, 0), summer.Month, summer.Day),
                TimeZoneInfo.TransitionTime.CreateFixedDateRule(new DateTime(1, 1, 1, 3, 0, 0), winter.Month, winter.Day)),
        ]);
}

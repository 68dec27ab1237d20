using System;
using System.IO;
using System.Net;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Banter;
using Newtonsoft.Json.Linq;

/// <summary>The server of the tests, as a game's backend uses it.</summary>
static class Server
{
    static string adminTicket;
    static JToken expired;

    internal static string Url { get; private set; }
    internal static string Rest { get; private set; }
    internal static ulong AppId { get; private set; }

    internal static void Load(string json)
    {
        var said = JObject.Parse(json);
        Url = (string)said["server_url"];
        AppId = (ulong)said["app_id"];
        Rest = (string)said["rest_url"];
        adminTicket = (string)said["admin_ticket"];
        expired = said["expired_tickets"];
    }

    /// <summary>A ticket that ran out before the test began.</summary>
    internal static string ExpiredTicket(string user)
    {
        return (string)expired[user];
    }

    /// <summary>Fetches a ticket that is good for so many seconds.</summary>
    internal static string Ticket(string user, int seconds = 3600)
    {
        var answer = Ask(Rest + "/dev/usersig?user=" + Uri.EscapeDataString(user) + "&expire=" + seconds, null);
        return (string)answer["user_sig"];
    }

    /// <summary>Kicks a user as a backend does. The call takes up to a second.</summary>
    internal static void Kick(string user)
    {
        var answer = Ask(Rest + "/v4/im_open_login_svc/kick?sdkappid=" + AppId + "&identifier=administrator&random=1&contenttype=json&usersig=" +
            Uri.EscapeDataString(adminTicket), new JObject { { "UserID", user } }.ToString());
        Check.Equal("OK", (string)answer["ActionStatus"], "the kick's ActionStatus");
    }

    static JObject Ask(string url, string body)
    {
        var request = (HttpWebRequest)WebRequest.Create(url);
        if (body != null)
        {
            request.Method = "POST";
            var bytes = Encoding.UTF8.GetBytes(body);
            using (var to = request.GetRequestStream()) to.Write(bytes, 0, bytes.Length);
        }
        using (var response = request.GetResponse())
        using (var from = new StreamReader(response.GetResponseStream())) return JObject.Parse(from.ReadToEnd());
    }
}

/// <summary>A game's own way to tickets, which counts how often it was asked.</summary>
sealed class Tickets : IUserSigProvider
{
    readonly Func<int, string> make;
    int asked, running, most;

    internal Tickets(Func<int, string> make)
    {
        this.make = make;
    }

    internal int Asked { get { return Volatile.Read(ref asked); } }
    internal int MostAtATime { get { return Volatile.Read(ref most); } }

    public async Task<string> GetUserSigAsync(string userId, CancellationToken cancel)
    {
        var number = Interlocked.Increment(ref asked);
        most = Math.Max(most, Interlocked.Increment(ref running));
        try
        {
            await Task.Delay(20, cancel);
            return make(number);
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }
}
